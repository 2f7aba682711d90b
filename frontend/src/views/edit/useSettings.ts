/** What is set for the photo at hand: read from the address, written into it, undone and done again. */
import { useCallback, useEffect, useMemo, useReducer } from "react";
import type { Domain } from "../../api/photos";
import { useSettled, useUndoKeys } from "./hooks";
import { fromQuery, type Settings, settingsFor, toQuery } from "./settings";
import { begin, follow, type Step, type Timeline } from "./timeline";

const ADDRESS_MS = 300;

export interface Setting {
  settings: Settings;
  /** @param hand names the slider that moves, so that its moves are undone together. */
  set: (to: Settings, hand?: string) => void;
  /** Whether one moves. */
  isMoving: boolean;
  /** The slider is let go. */
  letGo: () => void;
  undo: (() => void) | null;
  redo: (() => void) | null;
}

export function useSettings(domain: Domain | undefined): Setting {
  const [line, take] = useReducer(
    follow as (line: Timeline<Settings>, step: Step<Settings>) => Timeline<Settings>,
    null,
    () => begin(fromQuery(window.location.search)),
  );
  // The same object as long as nothing changes, since each new one is a new request.
  const settings = useMemo(() => settingsFor(domain, line.present), [domain, line.present]);
  useAddress(settings);
  const undo = useCallback(() => take({ type: "undo" }), []);
  const redo = useCallback(() => take({ type: "redo" }), []);
  useUndoKeys(undo, redo);
  return {
    settings,
    set: useCallback(
      (to: Settings, hand?: string) =>
        take(hand === undefined ? { type: "set", to } : { type: "set", to, hand }),
      [],
    ),
    isMoving: line.hand !== null,
    letGo: useCallback(() => take({ type: "let go" }), []),
    undo: line.past.length > 0 ? undo : null,
    redo: line.future.length > 0 ? redo : null,
  };
}

/** Into the address in place of what was there: going back leads to the page before, not through every slider's move. */
function useAddress(settings: Settings): void {
  const [query] = useSettled(toQuery(settings), ADDRESS_MS);
  useEffect(() => write(query), [query]);
}

/** What is set goes on to the next photo, but for which of the last one's faces it was. */
export function forgetFace(): void {
  write(toQuery({ ...fromQuery(window.location.search), face: "all" }));
}

function write(query: string): void {
  const { pathname, search } = window.location;
  const wanted = query && `?${query}`;
  if (wanted !== search) window.history.replaceState(window.history.state, "", pathname + wanted);
}
