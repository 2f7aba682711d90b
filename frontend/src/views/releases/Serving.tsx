import { useState } from "react";
import { Link } from "wouter";
import { type DomainStatus, type Release, usePromotions, useRollBack } from "../../api/releases";
import { Button } from "../../components/Button";
import { Chip } from "../../components/Chip";
import { Dialog, DialogActions } from "../../components/Dialog";
import { Live } from "../../components/Hidden";
import { Notice, Sentence } from "../../components/Notice";
import { moment } from "../../components/words";
import styles from "./Serving.module.css";

interface ServingProps {
  domain: DomainStatus;
  releases: readonly Release[];
}

/** The release that answers now, and the way back to the one before. */
export function Serving({ domain, releases }: ServingProps) {
  const [asking, setAsking] = useState(false);
  const rollBack = useRollBack(domain.name);
  const { release } = domain;
  const since = usePromotions(domain.name).data?.find(
    (deed) => deed.what !== "refuse" && deed.release.startsWith(`${release?.name}@`),
  );
  const close = () => {
    setAsking(false);
    rollBack.reset();
  };
  return (
    <>
      <section className={styles.serving} aria-label="Serving now">
        <Live message={release ? `${release.name} serves ${domain.name}.` : ""} />
        <div className={styles.words}>
          <Chip tone={release ? "good" : "plain"}>
            {release ? "Serving now" : "Nothing serves"}
          </Chip>
          {release ? (
            <>
              <h2 className={styles.name}>
                <Link href={`/${domain.name}/${encodeURIComponent(release.name)}`}>
                  {release.name}
                </Link>
              </h2>
              <p className={styles.facts}>
                <code>{release.digest.slice(0, 12)}</code>
                {domain.runtime && <span>{domain.runtime}</span>}
                {since && <span>since {moment(since.at)}</span>}
              </p>
            </>
          ) : null}
          {domain.reason && (
            <p className={styles.reason}>
              <Sentence text={domain.reason} />
            </p>
          )}
        </div>
        {release && releases.length > 1 && (
          <Button onClick={() => setAsking(true)}>Roll back…</Button>
        )}
      </section>
      {asking && (
        <Dialog title="Go back to the release before?" onClose={close}>
          <p>
            The release that served before {release?.name} serves again, whatever its scores. What
            has begun is finished by {release?.name}.
          </p>
          {rollBack.error && <Notice title="Nothing was changed" error={rollBack.error} />}
          <DialogActions>
            <Button
              look="primary"
              disabled={rollBack.isPending}
              onClick={() => rollBack.mutate(undefined, { onSuccess: close })}
            >
              {rollBack.isPending ? "Loading it…" : "Roll back"}
            </Button>
            <Button onClick={close}>Leave it</Button>
          </DialogActions>
        </Dialog>
      )}
    </>
  );
}
