import { useState } from "react";
import { useArtifact, useMinedTable } from "../../api/train";
import { short } from "../../components/charts/numbers";
import { SelectField } from "../../components/Field";
import { Notice } from "../../components/Notice";
import { Section } from "../../components/Page";
import { Segmented } from "../../components/Segmented";
import type { Mined } from "./log";
import { MinedSampleRow, useDimensions } from "./MinedSampleRow";
import styles from "./MinedSamples.module.css";

type End = "most" | "least";

/** What counted most and least in the losses since the grid before, hop by hop. */
export function MinedSamples({ mined }: { mined: readonly Mined[] }) {
  const [end, setEnd] = useState<End>("most");
  const [step, setStep] = useState("newest");
  const found = mined.find((each) => String(each.step) === step) ?? mined.at(-1);
  if (!found) return null;
  return (
    <Section
      title="Most and least informative samples"
      note="By their importance weight: a row a sample, from the photo hop by hop. + and − are the attributes that a hop is to set and to take away."
      actions={
        <SelectField
          label="Up to step"
          value={step}
          onChange={setStep}
          options={[
            { value: "newest", label: `newest (${mined.at(-1)?.step})` },
            ...mined.map((each) => ({ value: String(each.step), label: String(each.step) })),
          ]}
        />
      }
    >
      <Segmented
        legend="Which samples"
        quiet
        value={end}
        onChange={setEnd}
        options={[
          { value: "most", label: "Most" },
          { value: "least", label: "Least" },
        ]}
      />
      <EndRows key={found[end].picture} mined={found} end={end} />
    </Section>
  );
}

/** Mounted anew with each, so that no picture of another stands beside its table. */
function EndRows({ mined, end }: { mined: Mined; end: End }) {
  const { picture: address, table: rows, weights } = mined[end];
  const picture = useArtifact(address);
  const table = useMinedTable(rows);
  const dimensions = useDimensions(picture.data);
  const error = picture.error ?? table.error;
  if (error) return <Notice title="These samples could not be fetched" error={error} />;
  if (!table.data || !dimensions) return <p className={styles.quiet}>Loading…</p>;
  const samples = table.data;
  return (
    <>
      <p className={styles.quiet}>
        Weights from {short(Math.max(...weights))} to {short(Math.min(...weights))}; 1 is a sample
        that counts like the mean, where weights are normalised.
      </p>
      <ol className={styles.rows}>
        {samples.map((sample, index) => (
          <MinedSampleRow
            // biome-ignore lint/suspicious/noArrayIndexKey: a table never changes, and samples have no other name
            key={index}
            sample={sample}
            row={index}
            rows={samples.length}
            picture={dimensions}
          />
        ))}
      </ol>
    </>
  );
}
