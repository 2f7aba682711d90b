import { type Deed, usePromotions } from "../../api/releases";
import { Chip, type Tone } from "../../components/Chip";
import { Notice } from "../../components/Notice";
import { Section } from "../../components/Page";
import { moment } from "../../components/words";
import { plainly } from "./gate";
import styles from "./Promotions.module.css";
import { nameOf } from "./words";

const DEEDS: Readonly<Record<Deed["what"], readonly [string, Tone]>> = {
  promote: ["Promoted", "good"],
  refuse: ["Refused", "bad"],
  rollback: ["Rolled back", "plain"],
};

/** Who had which release serve, when and why; what the gate refused. */
export function Promotions({ domain }: { domain: string }) {
  const promotions = usePromotions(domain);
  return (
    <Section title="Log of promotions" note="What was done over HTTP; commands write no log.">
      {promotions.error && (
        <Notice
          title="The log could not be read"
          error={promotions.error}
          onRetry={() => void promotions.refetch()}
        />
      )}
      {promotions.data?.length === 0 && <p className={styles.quiet}>Nothing yet.</p>}
      {promotions.data && promotions.data.length > 0 && (
        <ol className={styles.log}>
          {promotions.data.map((deed) => (
            <Entry key={deed.id} deed={deed} />
          ))}
        </ol>
      )}
    </Section>
  );
}

function Entry({ deed }: { deed: Deed }) {
  const [what, tone] = DEEDS[deed.what];
  const { before, override_by: by } = deed.data as { before?: string | null; override_by?: string };
  const reasons = (deed.data.reasons as string[] | undefined) ?? [];
  return (
    <li className={styles.entry}>
      <time dateTime={deed.at} className={styles.quiet}>
        {moment(deed.at)}
      </time>
      <div className={styles.words}>
        <p className={styles.what}>
          <Chip tone={tone}>{what}</Chip>
          <strong>{nameOf(deed.release)}</strong>
          <span className={styles.quiet}>
            {before && `after ${nameOf(before)}, `}by {by ? `${by} (${deed.who})` : deed.who}
          </span>
        </p>
        {by && <p>“{deed.why}”</p>}
        {reasons.length > 0 && (
          <ul className={styles.reasons}>
            {reasons.map((reason) => (
              <li key={reason}>{plainly(reason)}</li>
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}
