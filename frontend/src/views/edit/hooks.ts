/** Small hooks of the edit view. */
import { useEffect, useMemo, useState } from "react";

/** The value as it was once it has held still. */
export function useSettled<Value>(value: Value, milliseconds: number): [Value, boolean] {
  const key = JSON.stringify(value);
  const [settled, setSettled] = useState(key);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(key), milliseconds);
    return () => clearTimeout(timer);
  }, [key, milliseconds]);
  const parsed = useMemo(() => JSON.parse(settled) as Value, [settled]);
  return [parsed, settled === key];
}

/**
 * Sends a value that moves on, which calls off the request for the one before. But as long as a slider moves, what is
 * under way is let finish: if each of its steps called off the last, nothing would be seen before it is let go.
 */
export function useCatchUp<Value>(
  value: Value,
  sent: Value,
  send: (value: Value) => void,
  isBusy: boolean,
  isMoving: boolean,
): void {
  useEffect(() => {
    if (value !== sent && !(isBusy && isMoving)) send(value);
  }, [value, sent, send, isBusy, isMoving]);
}

/** A link to the page that is open already, as in the header, means to begin anew; wouter tells of each link so. */
export function useStartOver(startOver: () => void): void {
  useEffect(() => {
    window.addEventListener("pushState", startOver);
    return () => window.removeEventListener("pushState", startOver);
  }, [startOver]);
}

export function usePaste(onFile: (file: File) => void): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const file = event.clipboardData?.files[0];
      if (file) onFile(file);
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, [onFile]);
}

/** Ctrl or Command with Z, and with Shift; not where a text is being written, which has its own. */
export function useUndoKeys(undo: () => void, redo: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isWriting =
        event.target instanceof HTMLElement &&
        event.target.matches("input[type=text], textarea, [contenteditable]");
      if (!(event.ctrlKey || event.metaKey) || event.altKey || isWriting) return;
      const key = event.key.toLowerCase();
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      if (key === "y" || event.shiftKey) redo();
      else undo();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [undo, redo]);
}
