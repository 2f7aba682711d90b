/** To come. */
export default function ReleasesView() {
  return <h1>Releases</h1>;
}
