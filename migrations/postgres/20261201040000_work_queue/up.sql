-- What a person should do next with each claim, and until when. Decision 036 has the reasons. The service fills this in before
-- the work queue is read, with the terms that claims are found by; all claims are passed over once more for it.
CREATE TABLE claim_tasks (
    clinic_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    task text NOT NULL,
    shown_from date NOT NULL,
    shown_until date,
    -- Whether the day has come on which it is shown.
    is_shown boolean NOT NULL,
    due_on date NOT NULL,
    patient_id text NOT NULL,
    payer text,
    step text NOT NULL,
    because text NOT NULL,
    basis text,
    PRIMARY KEY (clinic_id, claim_id, task, shown_from)
);

CREATE INDEX claim_tasks_in_order ON claim_tasks (clinic_id, is_shown, due_on, claim_id, task);
CREATE INDEX claim_tasks_by_task ON claim_tasks (clinic_id, task, is_shown, due_on, claim_id);
CREATE INDEX claim_tasks_by_payer ON claim_tasks (clinic_id, payer, task, is_shown, due_on, claim_id);
CREATE INDEX claim_tasks_by_patient ON claim_tasks (clinic_id, patient_id, is_shown, due_on, claim_id, task);
CREATE INDEX claim_tasks_to_come ON claim_tasks (clinic_id, is_shown, shown_from);
CREATE INDEX claim_tasks_that_end ON claim_tasks (clinic_id, shown_until) WHERE shown_until IS NOT NULL;

-- How far the tasks follow the changes of a clinic's approvals.
CREATE TABLE task_search (
    clinic_id uuid NOT NULL PRIMARY KEY,
    updated_at timestamptz NOT NULL,
    preauthorization_id uuid NOT NULL
);

DELETE FROM claim_search;
