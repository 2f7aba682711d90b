import { Component, type ReactNode } from "react";
import { Button } from "../components/Button";
import styles from "./Boundary.module.css";

interface State {
  failed: boolean;
}

/** What is shown in place of a view that broke, or whose code could not be fetched. */
export class Boundary extends Component<{ children: ReactNode }, State> {
  override state: State = { failed: false };

  static getDerivedStateFromError(): State {
    return { failed: true };
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
