import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/errors";
import { type Schedule, useSchedules, useScheduling } from "../../api/releases";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import { Notice } from "../../components/Notice";
import { Section } from "../../components/Page";
import { moment } from "../../components/words";
import { inWords, USUAL } from "./cron";
import styles from "./ScheduleEditor.module.css";

/** When the release that serves is evaluated by itself. */
export function ScheduleEditor({ domain }: { domain: string }) {
  const schedules = useSchedules();
  const own = schedules.data?.find((schedule) => schedule.domain === domain);
  return (
    <Section
      title="Schedule"
      note="The release that serves is evaluated again and again; what gets worse is flagged above."
    >
      {schedules.error && (
        <Notice
          title="The schedules could not be listed"
          error={schedules.error}
          onRetry={() => void schedules.refetch()}
        />
      )}
      {schedules.data && (
        <Editor key={`${own?.cron} ${own?.enabled}`} domain={domain} schedule={own} />
      )}
    </Section>
  );
}

function Editor({ domain, schedule }: { domain: string; schedule: Schedule | undefined }) {
  const [cron, setCron] = useState(schedule?.cron ?? "0 3 * * *");
  const [enabled, setEnabled] = useState(schedule?.enabled ?? true);
  const { save, remove } = useScheduling(domain);
  const isChanged = cron.trim() !== schedule?.cron || enabled !== schedule.enabled;
  const isWrong = save.error instanceof ApiError && save.error.code === "invalid_schedule";
  const failed = isWrong ? remove.error : (save.error ?? remove.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ cron: cron.trim(), enabled });
  };
  const words = inWords(cron);
  return (
    <form className={styles.editor} onSubmit={submit} noValidate>
      <fieldset className={styles.usual}>
        <legend className={styles.legend}>Usual schedules</legend>
        {USUAL.map((usual) => (
          <Button key={usual.cron} look="quiet" onClick={() => setCron(usual.cron)}>
            {usual.label}
          </Button>
        ))}
      </fieldset>
      <div className={styles.cron}>
        <Field
          label="Minute, hour, day, month, weekday (UTC)"
          value={cron}
          onChange={(value) => {
            setCron(value);
            save.reset();
          }}
          hint={words ?? "As cron has it: *, a number, a-b, */n, or such joined by commas."}
          problem={isWrong ? save.error?.message : undefined}
        />
      </div>
      <label className={styles.enabled}>
        <input
          type="checkbox"
          checked={enabled}
          onChange={(event) => setEnabled(event.target.checked)}
        />
        Evaluate at these times
      </label>
      <div className={styles.deeds}>
        <Button look="primary" type="submit" disabled={!isChanged || save.isPending}>
          {schedule ? "Save the schedule" : "Set the schedule"}
        </Button>
        {schedule && (
          <Button look="quiet" disabled={remove.isPending} onClick={() => remove.mutate()}>
            Remove it
          </Button>
        )}
        <p className={styles.standing} role="status">
          {standing(schedule)}
        </p>
      </div>
      {failed && <Notice title="The schedule was not changed" error={failed} />}
    </form>
  );
}

function standing(schedule: Schedule | undefined): string {
  if (!schedule) return "None is set.";
  if (!schedule.enabled) return "Set, but not followed now.";
  const words = inWords(schedule.cron) ?? schedule.cron;
  const last = schedule.ticked_at ? ` What was due by ${moment(schedule.ticked_at)} is done.` : "";
  return `${words}.${last}`;
}
