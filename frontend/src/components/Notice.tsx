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

/** What a key may mend, and what the button is called that asks for it. */
const KEY_CODES: Readonly<Record<string, string>> = {
  key_required: "Enter a key",
  promotion_not_allowed: "Enter a key",
  invalid_key: "Use another key",
  scope_required: "Use another key",
};

interface NoticeProps {
  title: string;
  error: Error;
  onRetry?: () => void;
  children?: ReactNode;
}

/** Why something failed and what to do now; read out at once. */
export function Notice({ title, error, onRetry, children }: NoticeProps) {
  const keyLabel = KEY_CODES[codeOf(error) ?? ""];
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
        {keyLabel && <Button onClick={() => askForKey(error.message)}>{keyLabel}</Button>}
        {children}
      </div>
    </div>
  );
}
