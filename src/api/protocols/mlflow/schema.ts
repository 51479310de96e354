import { Type } from 'typebox'

const rows = Type.Array(Type.Any())

export const Invocation = Type.Object({
  dataframe_split: Type.Optional(
    Type.Object({ columns: Type.Array(Type.String()), index: Type.Optional(Type.Any()), data: rows }),
  ),
  dataframe_records: Type.Optional(rows),
  instances: Type.Optional(rows),
  inputs: Type.Optional(Type.Any()),
  params: Type.Optional(
    Type.Union([Type.Object({}), Type.Null()], { description: 'Empty or null: the models take none' }),
  ),
})

/** The dataset of the documented upload has these columns. */
export const invocationExample = {
  dataframe_split: { columns: ['sepal_length', 'petal_length'], data: [[5.1, 1.4]] },
}
