import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { useOffer } from "../../api/bulk";
import { whyNotReady } from "../../api/photos";
import { DropArea } from "../../components/DropArea";
import { Notice } from "../../components/Notice";
import { type Choices, FIRST_CHOICES, orderOf } from "./choices";
import { Folder } from "./Folder";
import styles from "./NewJob.module.css";
import { OrderPanel } from "./OrderPanel";
import { PileCard } from "./PileCard";
import { add, NOTHING } from "./pile";
import { RecentJobs } from "./RecentJobs";
import { useSending } from "./useSending";

/** Photos on one side, what they are to become on the other, and the jobs that there are beneath. */
export function NewJob() {
  const domains = useOffer();
  const [pile, setPile] = useState(NOTHING);
  const [choices, setChoices] = useState<Choices>(FIRST_CHOICES);
  const [, go] = useLocation();
  const sending = useSending((job) => go(`/${job.id}`));
  const served = domains.data?.domains.filter(({ ready }) => ready);
  const domain = served?.find(({ name }) => name === choices.domain) ?? served?.[0];
  const limits = domains.data?.jobs;
  // The same object until something is changed, so that a second attempt is known to be one (see keyOf).
  const order = useMemo(
    () => (domain ? orderOf(choices, domain, pile) : null),
    [choices, domain, pile],
  );
  const isFolder = choices.folder !== null;

  return (
    <DropArea
      label="Photos to edit"
      accept="image/jpeg,image/png,image/webp,image/heic,.heic,.heif,.zip"
      invitation="Drop photos, a folder or a zip"
      disabled={sending.progress !== null || isFolder}
      onFiles={(files) => setPile((pile) => add(pile, files))}
    >
      <div className={styles.page}>
        <header className={styles.intro}>
          <h1>Many photos at once</h1>
          <p>
            Choose what changes, and come back for the results: the service works on when this page
            is closed.
          </p>
        </header>
        {domains.failureReason && !domains.data && (
          <Notice
            title="Nothing can be edited yet"
            error={domains.failureReason}
            onRetry={() => void domains.refetch()}
          />
        )}
        {domains.data && !domain && (
          <Notice title="Nothing can be edited yet" error={whyNotReady(domains.data.domains)} />
        )}
        <div className={styles.work}>
          <div className={styles.photos}>
            {limits?.folders && (
              <Folder choices={choices} onChoices={setChoices} disabled={!!sending.progress} />
            )}
            {!isFolder && (
              <PileCard
                pile={pile}
                onPile={setPile}
                limits={limits}
                maxBytes={domain?.max_bytes}
                disabled={sending.progress !== null}
              />
            )}
          </div>
          <OrderPanel
            domains={served}
            domain={domain}
            limits={limits}
            choices={choices}
            onChoices={setChoices}
            order={order}
            sending={sending}
          />
        </div>
        <RecentJobs domains={domains.data?.domains} />
      </div>
    </DropArea>
  );
}
