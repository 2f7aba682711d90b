import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { hasEnded, type JobDetail, type JobItem, useJobEvents } from "../../api/jobs";
import type { Told } from "../../api/stream";
import { begunAgain, nothingOf, withEnded } from "./photos";

/** Photos that end within this time are shown together, so that thousands of them do not draw the page as often. */
const TOGETHER_MS = 120;

/** A job's photos as they end, from the first to the last, whenever one comes. */
export function usePhotos(job: JobDetail) {
  const { id, total } = job;
  const [photos, setPhotos] = useState(() => nothingOf(total));
  const [round, setRound] = useState(0);
  const queries = useQueryClient();
  const ended = useRef<JobItem[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const onEvent = useCallback(
    ({ name, data }: Told) => {
      if (name === "job") {
        const job = data as JobDetail;
        const past = hasEnded(job) ? { ahead: null, eta_seconds: null } : {};
        queries.setQueryData<JobDetail>(["job", id], (old) => old && { ...old, ...job, ...past });
      }
      if (name !== "photo") return;
      ended.current.push(data as JobItem);
      timer.current ??= setTimeout(() => {
        const news = ended.current;
        ended.current = [];
        timer.current = undefined;
        setPhotos((photos) => withEnded(photos, news));
      }, TOGETHER_MS);
    },
    [id, queries],
  );
  const { away, error } = useJobEvents(id, round, onEvent);
  const beginAgain = () => {
    setPhotos(begunAgain);
    setRound((round) => round + 1);
  };
  return { photos, away, error, beginAgain };
}
