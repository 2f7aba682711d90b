/** To come. */
export default function BulkView() {
  return <h1>Bulk</h1>;
}
