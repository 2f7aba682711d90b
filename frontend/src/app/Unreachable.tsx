import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { answers, isBack, onSuspicion } from "../api/reach";
import styles from "./Unreachable.module.css";

const AGAIN_MS = 3000;

/** Says that the service does not answer, for as long as it does not; then asks again for all that failed. */
export function Unreachable() {
  const away = useAway();
  const queries = useQueryClient();
  const [was, setWas] = useState(away);
  useEffect(() => {
    if (was && !away) {
      isBack();
      void queries.refetchQueries({ predicate: ({ state }) => state.status === "error" });
    }
    setWas(away);
  }, [away, was, queries]);
  return (
    <div className={styles.place} role="status">
      {away && (
        <p className={styles.banner}>
          <strong>The service does not answer.</strong> What is on this page stays, and goes on by
          itself once the service is back.
        </p>
      )}
    </div>
  );
}

/** Whether the service is away; a single request that failed is no proof of it, so it is asked again at once. */
function useAway(): boolean {
  const [away, setAway] = useState(false);
  useEffect(() => {
    const leaving = new AbortController();
    let asking = false;
    const ask = async () => {
      if (asking) return;
      asking = true;
      while (!(await answers(leaving.signal)) && !leaving.signal.aborted) {
        setAway(true);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
      asking = false;
      if (!leaving.signal.aborted) setAway(false);
    };
    const stop = onSuspicion(ask);
    window.addEventListener("offline", ask, { signal: leaving.signal });
    return () => {
      leaving.abort();
      stop();
    };
  }, []);
  return away;
}
