export default function ImportView() {
  return null;
}
