/** Images that are worked on at the same time: as many as libuv has threads. */
const AT_ONCE = 4

/** Works on items, some at a time, and gives the results in the items' order. */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  work: (item: Item, index: number) => Promise<Result>,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = []
  let index = 0
  try {
    for await (const item of items) {
      const result = work(item, index++)
      result.catch(() => {}) // it is heard when its turn comes
      running.push(result)
      if (running.length >= AT_ONCE) yield await (running.shift() as Promise<Result>)
    }
    while (running.length > 0) yield await (running.shift() as Promise<Result>)
  } finally {
    await Promise.allSettled(running)
  }
}
