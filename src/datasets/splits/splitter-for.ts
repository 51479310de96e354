import { heldColumn } from '../select-rows.js'
import { byColumn } from './by-column.js'
import { byContent, byGroup } from './by-hash.js'
import { byTime } from './by-time.js'
import type { Splitter, SplitterOptions } from './splitter.js'

/** The way of dealing rows out that a job, or the rule of a version, names. */
export function splitterFor({
  by = 'stratified',
  column: given,
  content,
  strata,
}: SplitterOptions): Splitter {
  if (by === 'stratified' || by === 'random') return byContent(by, { content, strata })
  if (given === null) throw new TypeError(`a split by ${by} needs a column`)
  const column = heldColumn(given)
  switch (by) {
    case 'group':
      return byGroup({ column, strata })
    case 'time':
      return byTime(column)
    case 'column':
      return byColumn({ column, content, strata })
  }
}
