import type { Finding, Report, useDoctor } from "../../api/train";
import { Chip, type Tone } from "../../components/Chip";
import { percent } from "../../components/charts/numbers";
import { Section } from "../../components/Page";
import { count } from "../../components/words";
import styles from "./DoctorReport.module.css";
import { type Draft, needsOwnName } from "./order";
import { attribute } from "./words";

interface DoctorReportProps {
  doctor: ReturnType<typeof useDoctor>;
  report: Report | undefined;
  draft: Draft;
}

/** What the doctor says of the folder, the worst first. */
export function DoctorReport({ doctor, report, draft }: DoctorReportProps) {
  return (
    <Section title="The doctor's report" actions={report && <Verdict report={report} />}>
      <div className={styles.live} aria-live="polite" aria-busy={doctor.isPending}>
        {doctor.isPending && <p className={styles.quiet}>Reading every photo of the folder…</p>}
        {!doctor.isPending && !report && (
          <p className={styles.quiet}>
            Have the folder examined before you train: how it is laid out, what is broken, doubled
            or rare, and which presets it is good for.
          </p>
        )}
        {report && <Facts report={report} />}
      </div>
      {report && needsOwnName(draft, report) && (
        <p className={styles.own}>
          Its attributes are not those of {draft.domain}. Choose “Your own” above and give it a
          name.
        </p>
      )}
      {report && report.findings.length > 0 && (
        <ul className={styles.findings} aria-label="Findings">
          {report.findings.map((finding) => (
            <FindingRow key={finding.code} finding={finding} />
          ))}
        </ul>
      )}
      {report && <Attributes report={report} />}
    </Section>
  );
}

const VERDICTS: Readonly<Record<Report["status"], readonly [string, Tone]>> = {
  fine: ["Good to train", "good"],
  wrong: ["To be mended", "bad"],
  unusable: ["Cannot be trained on", "bad"],
};

function Verdict({ report }: { report: Report }) {
  const [words, tone] = VERDICTS[report.status];
  return <Chip tone={tone}>{words}</Chip>;
}

function Facts({ report }: { report: Report }) {
  if (!report.layout) return null;
  const { divisions, sizes } = report;
  const facts: [string, string][] = [
    ["Layout", report.layout],
    ["Photos", count(Object.values(divisions).reduce((sum, number) => sum + number, 0))],
    [
      "Train / val / test",
      ["train", "val", "test"].map((name) => count(divisions[name] ?? 0)).join(" / "),
    ],
    ...(report.persons === null ? [] : [["People", count(report.persons)] as [string, string]]),
    ...(sizes
      ? [
          ["Mostly", `${sizes.common.join(" × ")} px (${percent(sizes.share)})`] as [
            string,
            string,
          ],
          ["95 % reach", `${sizes.small.join(" × ")} px`] as [string, string],
        ]
      : []),
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const SEVERITIES: Readonly<Record<Finding["severity"], string>> = {
  unusable: "Unusable",
  wrong: "Mend",
  note: "Note",
};

function FindingRow({ finding }: { finding: Finding }) {
  return (
    <li className={styles.finding} data-severity={finding.severity}>
      <p>
        <span className={styles.severity}>{SEVERITIES[finding.severity]}</span> {finding.message}
      </p>
      <p className={styles.quiet}>{finding.advice}</p>
      {finding.examples.length > 0 && (
        <details className={styles.examples}>
          <summary>Which</summary>
          <ul>
            {finding.examples.map((example) => (
              <li key={example}>{example}</li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

/** How common each attribute is among the photos that are trained on. */
function Attributes({ report }: { report: Report }) {
  const all = report.divisions.train ?? 0;
  const names = Object.entries(report.attributes);
  if (!all || names.length === 0) return null;
  return (
    <details className={styles.attributes} open={names.length <= 12}>
      <summary>Attributes ({names.length})</summary>
      <ul>
        {names.map(([name, number]) => (
          <li key={name}>
            <span>{attribute(name)}</span>
            <meter
              value={number}
              max={all}
              aria-label={`Share of photos with ${attribute(name)}`}
            />
            <span className={styles.share}>{percent(number / all)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
