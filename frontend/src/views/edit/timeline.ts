/** Undo and redo, without any interface: what was set, what is set, and what was undone. */
export interface Timeline<State> {
  past: readonly State[];
  present: State;
  future: readonly State[];
  /** What the last change was made with: the moves of one slider are undone together. */
  hand: string | null;
}

export type Step<State> =
  | { type: "set"; to: State; hand?: string | undefined }
  | { type: "let go" }
  | { type: "undo" }
  | { type: "redo" };

const MOST = 200;

export function begin<State>(present: State): Timeline<State> {
  return { past: [], present, future: [], hand: null };
}

export function follow<State>(line: Timeline<State>, step: Step<State>): Timeline<State> {
  const { past, present, future } = line;
  switch (step.type) {
    case "set": {
      const hand = step.hand ?? null;
      const goesOn = hand !== null && hand === line.hand;
      const kept = goesOn ? past : [...past, present].slice(-MOST);
      return { past: kept, present: step.to, future: [], hand };
    }
    case "let go":
      return { ...line, hand: null };
    case "undo": {
      const before = past.at(-1);
      if (before === undefined) return line;
      return { past: past.slice(0, -1), present: before, future: [present, ...future], hand: null };
    }
    case "redo": {
      const [next, ...later] = future;
      if (next === undefined) return line;
      return { past: [...past, present], present: next, future: later, hand: null };
    }
  }
}
