import { Component, type ReactNode } from "react";
import { ProblemNotice } from "./ProblemNotice";

/** A view that breaks takes nothing else down: its error is shown in its place. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    return this.state.error === null ? this.props.children : <ProblemNotice error={this.state.error} />;
  }
}
