export default function PlanView() {
  return null;
}
