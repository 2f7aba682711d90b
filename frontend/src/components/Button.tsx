import type { AnchorHTMLAttributes, ButtonHTMLAttributes } from "react";
import styles from "./Button.module.css";

type Look = "primary" | "plain" | "quiet";

function classOf(look: Look): string {
  return `${styles.button} ${styles[look]}`;
}

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look };

export function Button({ look = "plain", ...props }: ButtonProps) {
  return <button type="button" className={classOf(look)} {...props} />;
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { look?: Look };

export function ButtonLink({ look = "plain", children, ...props }: LinkProps) {
  return (
    <a className={classOf(look)} {...props}>
      {children}
    </a>
  );
}
