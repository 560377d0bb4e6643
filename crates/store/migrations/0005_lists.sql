-- What boards count stands in the index itself: with 50,000 leaks they need not be looked up one by one.

DROP INDEX leaks_detected;
CREATE INDEX leaks_counted ON leaks (detected_at, state, severity, leaked_at);
CREATE INDEX leaks_risk ON leaks (state, severity, liveness, public);
