/** Fifteen irises: enough to train on, so that the examples of all routes work one after the other. */
const flowers: readonly (readonly [sepalLength: number, petalLength: number, species: string])[] = [
  [5.1, 1.4, 'setosa'],
  [4.9, 1.4, 'setosa'],
  [4.7, 1.3, 'setosa'],
  [5.4, 1.7, 'setosa'],
  [5.0, 1.5, 'setosa'],
  [7.0, 4.7, 'versicolor'],
  [6.4, 4.5, 'versicolor'],
  [6.9, 4.9, 'versicolor'],
  [5.5, 4.0, 'versicolor'],
  [6.5, 4.6, 'versicolor'],
  [6.3, 6.0, 'virginica'],
  [5.8, 5.1, 'virginica'],
  [7.1, 5.9, 'virginica'],
  [6.3, 5.6, 'virginica'],
  [6.5, 5.8, 'virginica'],
]

export const exampleRows = flowers.map(([sepal_length, petal_length, species]) => ({
  sepal_length,
  petal_length,
  species,
}))

const header = ['sepal_length', 'petal_length', 'species']

export const exampleCsv = `${[header, ...flowers].map((row) => row.join(',')).join('\n')}\n`
export const exampleTsv = `${[header, ...flowers].map((row) => row.join('\t')).join('\n')}\n`
export const exampleNdjson = exampleRows.map((row) => `${JSON.stringify(row)}\n`).join('')
