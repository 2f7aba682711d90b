import { useQuery } from "@tanstack/react-query";
import { useReleaseFile } from "../../api/releases";
import { CardTable } from "../../components/CardTable";
import { percent } from "../../components/charts/numbers";
import { Section } from "../../components/Page";
import styles from "./AttributeScores.module.css";
import { IntervalMark } from "./IntervalMark";
import { measuredOf } from "./measured";
import { kindOf, toldWithInterval } from "./scores";

const SHOWN = ["accuracy", "preservation"];
const ALL = { from: 0, to: 1 };

/** What the release was scored with when it was made, by attribute. */
export function AttributeScores({ domain, name }: { domain: string; name: string }) {
  const file = useReleaseFile(domain, name, "metrics.json");
  const measured = useQuery({
    queryKey: ["measured", domain, name, file.dataUpdatedAt],
    queryFn: async () => measuredOf((await file.data?.text()) ?? "{}"),
    enabled: Boolean(file.data),
  });
  if (!measured.data || measured.data.length === 0) return null;
  const kinds = SHOWN.map(kindOf).filter((kind) =>
    measured.data.some(({ metrics }) => metrics[kind.name]),
  );
  return (
    <Section
      title="By attribute"
      note="As it was scored when it was made, with 95 % intervals, from 0 to 100 %."
    >
      <CardTable dense>
        <thead>
          <tr>
            <th scope="col">Edit</th>
            {kinds.map((kind) => (
              <th key={kind.name} scope="col">
                {kind.label} <small>{kind.meaning}</small>
              </th>
            ))}
            <th scope="col">
              Before <small>as wanted without an edit</small>
            </th>
          </tr>
        </thead>
        <tbody>
          {measured.data.map(({ attribute, metrics, unedited }) => (
            <tr key={attribute}>
              <th scope="row">{attribute.replaceAll("_", " ")}</th>
              {kinds.map((kind) => {
                const metric = metrics[kind.name];
                return (
                  <td key={kind.name} data-label={kind.label}>
                    {metric ? (
                      <div className={styles.metric}>
                        <span>{toldWithInterval(kind, metric)}</span>
                        <IntervalMark metric={metric} range={ALL} strong />
                      </div>
                    ) : (
                      "–"
                    )}
                  </td>
                );
              })}
              <td data-label="Before">{unedited === undefined ? "–" : percent(unedited)}</td>
            </tr>
          ))}
        </tbody>
      </CardTable>
    </Section>
  );
}
