/** Small hooks of the study view. */
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Question } from "../../api/studies";

/** Hears plain keys anywhere on the page, unless they are meant for a field or go with Ctrl and the like. */
export function useKeys(onKey: (key: string) => void): void {
  const latest = useRef(onKey);
  // Of layout: who sees that the pictures are there may press a key before effects that wait for the paint have run.
  useLayoutEffect(() => {
    latest.current = onKey;
  });
  useLayoutEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.closest("input, textarea");
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      latest.current(event.key);
    };
    document.addEventListener("keydown", hear);
    return () => document.removeEventListener("keydown", hear);
  }, []);
}

export function picturesOf(question: Question): string[] {
  return [question.photo, ...question.choices];
}

/** Has the browser fetch the pictures of the question after this one, so that it is there at once. */
export function useFetchedAhead(question: Question | undefined): void {
  useEffect(() => {
    for (const address of question ? picturesOf(question) : []) new Image().src = address;
  }, [question]);
}

type Loading = "loading" | "loaded" | "failed";

/**
 * Whether all pictures are there. They are shown together: one that comes sooner than another would say something of
 * the two.
 */
export function useLoaded(addresses: readonly string[]): { state: Loading; retry: () => void } {
  const [ended, setEnded] = useState<{ key: string; state: Loading }>();
  const [attempt, setAttempt] = useState(0);
  const key = `${attempt} ${addresses.join(" ")}`;
  useEffect(() => {
    const [, ...pictures] = key.split(" ");
    Promise.all(pictures.map(load)).then(
      () => setEnded({ key, state: "loaded" }),
      () => setEnded({ key, state: "failed" }),
    );
  }, [key]);
  const state = ended?.key === key ? ended.state : "loading"; // of others, something may still arrive
  return { state, retry: () => setAttempt((number) => number + 1) };
}

async function load(address: string): Promise<void> {
  const image = new Image();
  image.src = address;
  await image.decode();
}

/** An address for each file, given back to the browser when the file is no longer shown. */
export function useThumbnails(files: readonly File[]): ReadonlyMap<File, string> {
  const [urls, setUrls] = useState<ReadonlyMap<File, string>>(new Map());
  const kept = useRef(new Map<File, string>());
  useEffect(() => {
    const wanted = new Set(files);
    for (const [file, url] of kept.current) {
      if (wanted.has(file)) continue;
      URL.revokeObjectURL(url);
      kept.current.delete(file);
    }
    for (const file of files) {
      if (!kept.current.has(file)) kept.current.set(file, URL.createObjectURL(file));
    }
    setUrls(new Map(kept.current));
  }, [files]);
  useEffect(() => {
    const all = kept.current;
    return () => {
      for (const url of all.values()) URL.revokeObjectURL(url);
      all.clear();
    };
  }, []);
  return urls;
}
