import { type FormEvent, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { ApiError } from "../../api/errors";
import { type Menu, type Preset, useDoctor, useNewTraining } from "../../api/train";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import { Notice } from "../../components/Notice";
import { Section } from "../../components/Page";
import { DataField } from "./DataField";
import { DoctorReport } from "./DoctorReport";
import { DomainChoice } from "./DomainChoice";
import {
  type Draft,
  emptyDraft,
  fieldOf,
  OWN,
  orderOf,
  type Problems,
  presetsFor,
  problemsOf,
  SYNTHETIC,
} from "./order";
import { PresetChoice } from "./PresetChoice";
import { Settings } from "./Settings";
import styles from "./TrainingForm.module.css";

/** The form: each error of the service is shown beside the field that it is about. */
export function TrainingForm({ menu, first }: { menu: Menu; first: Preset }) {
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(first.domain, first.name));
  const [early, setEarly] = useState<Problems>({});
  const doctor = useDoctor();
  const training = useNewTraining();
  const [, go] = useLocation();

  const presets = presetsFor(draft.domain, menu.presets);
  const preset = presets.find(({ name }) => name === draft.preset) ?? presets[0];
  // The same object until something is changed, so that a second attempt is known to be one.
  const order = useMemo(() => preset && orderOf(draft, preset), [draft, preset]);
  const drawn = draft.domain === SYNTHETIC;
  const report = drawn || doctor.variables !== draft.data.trim() ? undefined : doctor.data;

  const change = (part: Partial<Draft>) => {
    setDraft((known) => ({ ...known, ...part }));
    setEarly({});
    if (training.error) training.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = problemsOf(draft);
    setEarly(found);
    if (!order || Object.keys(found).length > 0) return;
    training.mutate(order, { onSuccess: (job) => go(`/${job.id}`) });
  };

  const { problems, rest } = placed(early, training.error, draft, preset);
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <Section title="What">
        <DomainChoice draft={draft} menu={menu} problem={problems.domain} onChange={change} />
        <PresetChoice
          presets={presets}
          value={preset?.name ?? ""}
          report={report}
          problem={problems.preset}
          onChange={(name) => change({ preset: name })}
        />
      </Section>
      {!drawn && (
        <Section title="On what">
          <DataField
            value={draft.data}
            folders={menu.folders}
            problem={problems.data}
            doctor={doctor}
            onChange={(data) => change({ data })}
          />
        </Section>
      )}
      <aside className={styles.side}>
        {drawn ? <Drawn /> : <DoctorReport doctor={doctor} report={report} draft={draft} />}
      </aside>
      <Section title="How" note="What is left empty is as the preset has it.">
        <Settings draft={draft} preset={preset} problems={problems} onChange={change} />
      </Section>
      <Section title="What it leaves">
        <Field
          label="Name of the release"
          value={draft.release}
          onChange={(release) => change({ release })}
          placeholder={preset ? `${preset.name.replace("/", "-")}-…` : ""}
          hint="It is not promoted by itself: that is done under Releases."
          problem={problems.release}
        />
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={draft.int8}
            onChange={(event) => change({ int8: event.target.checked })}
          />
          <span>
            INT8 networks too
            <small>CPUs run them several times faster; takes a few minutes more.</small>
          </span>
        </label>
      </Section>
      {rest && <Notice title="The training was not started" error={rest} />}
      <div className={styles.end}>
        <Button look="primary" type="submit" disabled={training.isPending}>
          {training.isPending
            ? drawn
              ? "Starting…"
              : "Examining the data…"
            : "Start the training"}
        </Button>
        {Object.keys(problems).length > 0 && (
          <p className={styles.wrong} role="status">
            Not started: see the fields marked above.
          </p>
        )}
      </div>
    </form>
  );
}

function Drawn() {
  return (
    <Section title="Drawn scenes">
      <p className={styles.quiet}>
        Simple shapes that the package draws, labelled without fault: nothing to examine, and a
        training of minutes on any machine. Good for trying hops and weights.
      </p>
    </Section>
  );
}

/** Each problem at its field; what belongs to none that is shown is told below the form. */
function placed(
  early: Problems,
  error: Error | null,
  draft: Draft,
  preset: Preset | undefined,
): { problems: Problems; rest: Error | null } {
  if (!error) return { problems: early, rest: null };
  const field = error instanceof ApiError ? fieldOf(error) : null;
  const shown = new Set([
    "domain",
    "preset",
    "release",
    ...(draft.domain === SYNTHETIC ? [] : ["data"]),
    ...(preset?.fields.map(({ name }) => name) ?? []),
    ...draft.extras.map(({ name }) => name),
  ]);
  if (field === null || !shown.has(field) || (field === "domain" && draft.domain !== OWN)) {
    return { problems: early, rest: error };
  }
  const sentence = error.message.replace(/^overrides: [\w.]+: /, "");
  return { problems: { ...early, [field]: sentence }, rest: null };
}
