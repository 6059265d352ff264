export default function PlansView() {
  return null;
}
