import type { Plan } from "../plan";

export default function CompareTab({ plan }: { plan: Plan }) {
  return <h1>{plan.name}</h1>;
}
