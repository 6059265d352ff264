import type { Plan } from "../plan";

export default function EditTab({ plan }: { plan: Plan }) {
  return <h1>{plan.name}</h1>;
}
