import type { Domain, JobLimits } from "../../api/bulk";
import { Segmented } from "../../components/Segmented";
import { type Choices, targetIn, withTarget } from "./choices";
import { Details } from "./Details";
import styles from "./OrderPanel.module.css";
import type { Order } from "./order";
import { Send } from "./Send";
import { TargetChoice } from "./TargetChoice";
import type { Sending } from "./useSending";
import { plain } from "./words";

interface OrderPanelProps {
  domains: Domain[] | undefined;
  domain: Domain | undefined;
  limits: JobLimits | undefined;
  choices: Choices;
  onChoices: (choices: Choices) => void;
  order: Order | null;
  sending: Sending;
}

/** What the photos are to become, and the button that begins. */
export function OrderPanel(props: OrderPanelProps) {
  const { domains, domain, choices, onChoices, sending } = props;
  if (!domain || !domains) {
    return (
      <section className={styles.panel} aria-label="What to change" aria-busy={!domains}>
        <p className={styles.note}>What can be changed appears here.</p>
      </section>
    );
  }
  const isSending = sending.progress !== null;
  return (
    <section className={styles.panel} aria-labelledby="order-title">
      <h2 id="order-title">What to change</h2>
      <fieldset className={styles.choices} disabled={isSending}>
        <legend className={styles.quiet}>What to change in every photo</legend>
        {domains.length > 1 && (
          <Segmented
            legend="What the photos show"
            options={domains.map(({ name }) => ({ value: name, label: plain(name) }))}
            value={domain.name}
            onChange={(name) => onChoices({ ...choices, domain: name })}
          />
        )}
        <TargetChoice
          domain={domain}
          target={targetIn(choices, domain)}
          onTarget={(target) => onChoices(withTarget(choices, domain, target))}
        />
        <Details domain={domain} choices={choices} onChoices={onChoices} />
      </fieldset>
      <div className={styles.send}>
        <Send order={props.order} limits={props.limits} sending={sending} />
      </div>
    </section>
  );
}
