/** Dense ids for strings, in order of first sight. Id 0 is the empty string and stands for "absent". */
export interface Dictionary {
  readonly size: number;
  idOf(text: string): number;
  /** The id, if the text has been seen; undefined otherwise. Never adds. */
  find(text: string): number | undefined;
  textOf(id: number): string;
  /** All texts in id order, for snapshots. */
  texts(): readonly string[];
}

export const createDictionary = (texts: readonly string[] = ['']): Dictionary => {
  const known: string[] = [...texts];
  const ids = new Map<string, number>(known.map((text, id) => [text, id]));
  return {
    get size() {
      return known.length;
    },
    idOf(text) {
      let id = ids.get(text);
      if (id === undefined) {
        id = known.length;
        known.push(text);
        ids.set(text, id);
      }
      return id;
    },
    find: (text) => ids.get(text),
    textOf(id) {
      const text = known[id];
      if (text === undefined) throw new RangeError(`dictionary has no id ${id}`);
      return text;
    },
    texts: () => known,
  };
};
