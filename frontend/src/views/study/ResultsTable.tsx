import type { Results, Tally } from "../../api/studies";
import styles from "./Study.module.css";
import { interval, percent } from "./words";

/** As the paper's Table 2: a column for each method, the percent of votes in it, the best in bold. */
export function ResultsTable({ results }: { results: Results }) {
  const names = results.overall.shares.map(({ release }) => release.name);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <section className={styles.scroll} aria-label="Vote percent" tabIndex={0}>
      <table className={styles.table}>
        <caption>Vote percent by edit</caption>
        <thead>
          <tr>
            <th scope="col">Edit</th>
            {names.map((name) => (
              <th key={name} scope="col" className={styles.number}>
                {name}
              </th>
            ))}
            <th scope="col" className={styles.number}>
              Votes
            </th>
          </tr>
        </thead>
        <tbody>
          {results.edits.map((tally) => (
            <Row key={tally.edit?.words} name={tally.edit?.words ?? ""} tally={tally} />
          ))}
        </tbody>
        <tfoot>
          <Row name="All edits" tally={results.overall} />
        </tfoot>
      </table>
    </section>
  );
}

function Row({ name, tally }: { name: string; tally: Tally }) {
  const best = Math.max(...tally.shares.map(({ votes }) => votes));
  return (
    <tr>
      <th scope="row">{name}</th>
      {tally.shares.map(({ release, votes, percent: share, low, high }) => (
        <td key={release.name} className={styles.number}>
          <span data-best={(votes > 0 && votes === best) || undefined}>{percent(share)}</span>
          <span className={styles.interval}>{interval(low, high)}</span>
        </td>
      ))}
      <td className={styles.number}>{tally.votes}</td>
    </tr>
  );
}
