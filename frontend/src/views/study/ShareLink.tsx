import { useState } from "react";
import { Button, ButtonLink } from "../../components/Button";
import { Live } from "../../components/Hidden";
import styles from "./Study.module.css";

/** The voters' address, to be sent to them. */
export function ShareLink({ address }: { address: string }) {
  const [said, setSaid] = useState("");
  const url = new URL(address, window.location.origin).href;
  const copy = (field: HTMLInputElement | null) => {
    field?.select();
    // Without HTTPS there is no clipboard; what is selected can still be copied by hand.
    const copied = navigator.clipboard?.writeText(url) ?? Promise.reject(new Error("no clipboard"));
    copied.then(
      () => setSaid("Copied"),
      () => setSaid("Selected; copy it with Ctrl+C"),
    );
  };
  return (
    <section className={styles.card} aria-labelledby="share-title">
      <h2 id="share-title">Link for voters</h2>
      <p className={styles.muted}>
        Who has it can vote, without an API key. They see pictures and the question, never which
        release is which, nor results.
      </p>
      <div className={styles.share}>
        <input
          id="share-address"
          className={styles.input}
          aria-label="Link for voters"
          readOnly
          value={url}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        <Button
          look="primary"
          onClick={() => copy(document.querySelector<HTMLInputElement>("#share-address"))}
        >
          {said === "Copied" ? "Copied" : "Copy"}
        </Button>
        <ButtonLink href={address} target="_blank" rel="noreferrer">
          Open
        </ButtonLink>
      </div>
      <Live message={said} />
      {said !== "" && said !== "Copied" && <p className={styles.muted}>{said}</p>}
    </section>
  );
}
