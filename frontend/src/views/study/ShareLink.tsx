import { ButtonLink } from "../../components/Button";
import { CopyButton } from "../../components/CopyButton";
import { Section } from "../../components/Page";
import styles from "./Study.module.css";

/** The voters' address, to be sent to them. */
export function ShareLink({ address }: { address: string }) {
  const url = new URL(address, window.location.origin).href;
  return (
    <Section
      title="Link for voters"
      note="Who has it can vote, without an API key. They see pictures and the question, never which release is which, nor results."
    >
      <div className={styles.share}>
        <input
          className={styles.link}
          aria-label="Link for voters"
          readOnly
          value={url}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        <CopyButton label="Copy" icon="link" text={() => url} />
        <ButtonLink href={address} target="_blank" rel="noreferrer">
          Open
        </ButtonLink>
      </div>
    </Section>
  );
}
