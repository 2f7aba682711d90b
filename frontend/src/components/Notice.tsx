import { Fragment, type ReactNode } from "react";
import { canRetry, codeOf } from "../api/errors";
import { askForKey } from "../api/key";
import { Button } from "./Button";
import { Icon } from "./Icon";
import styles from "./Notice.module.css";

/** Sentences name commands between backticks; here these become code. */
export function Sentence({ text }: { text: string }) {
  const parts = text.split("`");
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence never change places
    <Fragment key={index}>{index % 2 === 1 ? <code>{part}</code> : part}</Fragment>
  ));
}

/** What another key may mend. */
const KEY_CODES = ["key_required", "invalid_key", "scope_required"];

interface NoticeProps {
  title: string;
  error: Error;
  onRetry?: () => void;
  children?: ReactNode;
}

/** Why something failed and what to do now; read out at once. */
export function Notice({ title, error, onRetry, children }: NoticeProps) {
  return (
    <div className={styles.notice} role="alert">
      <Icon name="alert" />
      <div className={styles.text}>
        <strong>{title}</strong>
        <p>
          <Sentence text={error.message} />
        </p>
      </div>
      <div className={styles.actions}>
        {onRetry && canRetry(error) && (
          <Button onClick={onRetry}>
            <Icon name="retry" />
            Try again
          </Button>
        )}
        {KEY_CODES.includes(codeOf(error) ?? "") && (
          <Button onClick={() => askForKey(error.message)}>
            {codeOf(error) === "key_required" ? "Enter a key" : "Use another key"}
          </Button>
        )}
        {children}
      </div>
    </div>
  );
}
