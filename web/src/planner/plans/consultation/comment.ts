export interface Consultation {
  id: number;
  words: string;
  opens_at: string;
  closes_at: string;
  ended_at: string | null;
  is_open: boolean;
  comments: number;
}

/** What a resident said of a plan; `is_current`: of the plan as it is now. */
export interface Comment {
  id: number;
  text: string;
  grid: string | null;
  lon: number | null;
  lat: number | null;
  made_at: string;
  plan_version: number;
  is_current: boolean;
  answer: string | null;
  answered_by: string | null;
  answered_at: string | null;
  hidden_why: string | null;
  hidden_by: string | null;
}
