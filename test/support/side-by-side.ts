/** So many at a time: while the Worker encodes for one, the files of the other are judged. */
const lanes = 2;

/** Does the work for every item, two at a time; rejects with the first failure. */
export async function sideBySide<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      const index = next++;
      const item = items[index];
      if (item === undefined) return;
      await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
