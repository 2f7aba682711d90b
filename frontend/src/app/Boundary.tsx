import { Component, type ReactNode } from "react";
import { answers, suspect } from "../api/reach";
import { Button } from "../components/Button";
import styles from "./Boundary.module.css";

const AGAIN_MS = 2000;

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

  override componentDidCatch(): void {
    this.leaving = new AbortController();
    void reloadOnceBack(this.leaving.signal);
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

/** Only where the service is away: what breaks for another reason would break again, and again be loaded. */
async function reloadOnceBack(signal: AbortSignal): Promise<void> {
  if (await answers(signal)) return;
  suspect();
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    if (await answers(signal)) window.location.reload();
  }
}
