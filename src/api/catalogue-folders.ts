/** URLs of the compiled folders whose files are the catalogue's entries. */
export interface CatalogueFolders {
  readonly families: URL
  readonly tasks: URL
  readonly transforms: URL
  readonly metrics: URL
  readonly jobTypes: URL
}

export const defaultFolders: CatalogueFolders = {
  families: new URL('../models/', import.meta.url),
  tasks: new URL('../tasks/', import.meta.url),
  transforms: new URL('../transforms/', import.meta.url),
  metrics: new URL('../evaluation/metrics/', import.meta.url),
  jobTypes: new URL('../jobs/', import.meta.url),
}
