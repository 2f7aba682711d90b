import { useCallback, useEffect, useRef, useState } from "react";
import { type JobLimits, type Made, sendJob } from "../../api/bulk";
import { keyOf } from "../../api/idempotency";
import { formOf, isZipped, type Order } from "./order";

export interface SendingProgress {
  /** What the page does now: it packs many photos into one, sends them, or waits for the service to take them. */
  doing: "packing" | "sending" | "storing";
  /** Of what is sent, from 0 to 1. */
  part: number;
}

export interface Sending {
  progress: SendingProgress | null;
  error: Error | null;
  send: (order: Order, limits: JobLimits) => void;
  stop: () => void;
}

/** Sends an order; leaving the view stops it, and the browser asks before the page itself is left. */
export function useSending(onMade: (job: Made) => void): Sending {
  const [progress, setProgress] = useState<SendingProgress | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const stopping = useRef(new AbortController());
  const stop = useCallback(() => stopping.current.abort(), []);
  useEffect(() => stop, [stop]);
  useEffect(() => {
    if (!progress) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [progress]);

  const send = async (order: Order, limits: JobLimits) => {
    stopping.current = new AbortController();
    const { signal } = stopping.current;
    setError(null);
    setProgress({ doing: isZipped(order, limits) ? "packing" : "sending", part: 0 });
    try {
      const form = await formOf(order, limits, signal);
      const tell = (part: number) => setProgress({ doing: part < 1 ? "sending" : "storing", part });
      const job = await sendJob(form, keyOf(order), signal, tell);
      setProgress(null);
      onMade(job);
    } catch (cause) {
      setProgress(null);
      if (!signal.aborted) setError(readable(cause));
    }
  };
  return { progress, error, send: (order, limits) => void send(order, limits), stop };
}

/** A file that was moved or changed meanwhile is told by the browser in words for programmers. */
function readable(cause: unknown): Error {
  if (cause instanceof DOMException) {
    return new Error("A photo could not be read: it was moved or changed. Choose the photos anew.");
  }
  return cause instanceof Error ? cause : new Error(String(cause));
}
