import { useCallback, useEffect, useRef, useState } from "react";
import { hasEnded, type Job, useJobEvents } from "../../api/jobs";
import type { Told } from "../../api/stream";
import { EMPTY, type RunLog, withEvent } from "./log";

/** What a run tells of itself: all from its start, then what is new; watched again once it is begun again. */
export function useRunLog(job: Pick<Job, "id" | "state">) {
  const [log, setLog] = useState<RunLog>(EMPTY);
  const onEvent = useCallback((event: Told) => setLog((known) => withEvent(known, event)), []);
  const watching = useJobEvents(job.id, useRound(job), onEvent);
  return { log, ...watching };
}

/** Grows whenever a job that had ended goes on. */
function useRound(job: Pick<Job, "state">): number {
  const [round, setRound] = useState(0);
  const ended = hasEnded(job);
  const before = useRef(ended);
  useEffect(() => {
    if (before.current && !ended) setRound((number) => number + 1);
    before.current = ended;
  }, [ended]);
  return round;
}
