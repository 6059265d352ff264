"""Who may do what: people, machines, their keys, and the audit trail."""
