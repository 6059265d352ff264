import type { Plan } from "../plan";

export default function ReplayTab({ plan }: { plan: Plan }) {
  return <h1>{plan.name}</h1>;
}
