import { Component, type ReactNode } from "react";
import { answers, suspect } from "../api/reach";
import styles from "../components/Broken.module.css";
import { Button } from "../components/Button";

const AGAIN_MS = 2000;
const SETTLED_MS = 30_000; // a page that was reloaded and breaks before would break again

/** What became of code that could not be fetched. React keeps such an error, and has no way to fetch the code again. */
const unfetched = new WeakSet<Error>();
window.addEventListener("vite:preloadError", ({ payload }) => unfetched.add(payload));

interface State {
  failed: boolean;
}

/** What is shown in place of a view that broke, or whose code could not be fetched. */
export class Boundary extends Component<{ children: ReactNode }, State> {
  override state: State = { failed: false };
  private leaving: AbortController | undefined;

  static getDerivedStateFromError(): State {
    return { failed: true };
  }

  override componentDidCatch(error: Error): void {
    this.leaving = new AbortController();
    // What broke for another reason would break again, and again be loaded.
    if (unfetched.has(error)) void reloadOnceBack(this.leaving.signal);
  }

  override componentWillUnmount(): void {
    this.leaving?.abort();
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div className={styles.broken} role="alert">
        <h1>This page could not be shown</h1>
        <p>
          The service may have been restarted with a newer version, or the connection is away.
          Nothing that runs on the service is lost.
        </p>
        <Button look="primary" onClick={() => window.location.reload()}>
          Reload
        </Button>
      </div>
    );
  }
}

/** As soon as the service answers; a page that was reloaded a moment ago only where the service was away since. */
async function reloadOnceBack(signal: AbortSignal): Promise<void> {
  const vain = performance.now() < SETTLED_MS && reloaded();
  let there = await answers(signal);
  if (there && vain) return;
  if (!there) suspect();
  while (!there && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    there = await answers(signal);
  }
  if (!signal.aborted) window.location.reload();
}

function reloaded(): boolean {
  const [load] = performance.getEntriesByType("navigation");
  return (load as PerformanceNavigationTiming | undefined)?.type === "reload";
}
