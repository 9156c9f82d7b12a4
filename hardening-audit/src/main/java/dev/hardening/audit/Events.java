package dev.hardening.audit;

/**
 * Makes the events of the vocabulary with what is mandatory for each; the caller adds source, tenant and details.
 *
 * <p>Each factory sets type, actor, target and outcome, which the caller may still change before {@code build()}.
 */
public final class Events {
    private Events() {}

    /**
     * Somebody proved who they are.
     *
     * @param user who logged in
     * @return the event so far
     */
    public static AuditEvent.Builder loginSucceeded(Actor user) {
        return event(EventType.LOGIN_SUCCEEDED, user, Outcome.SUCCESS);
    }

    /**
     * Somebody did not prove who they are; nobody is the actor.
     *
     * @param account the account that was tried, by its identifier or a pseudonym
     * @return the event so far
     */
    public static AuditEvent.Builder loginFailed(Target account) {
        return event(EventType.LOGIN_FAILED, Actor.anonymous(), Outcome.FAILURE).target(account);
    }

    /**
     * Somebody tried too often and was not even checked.
     *
     * @param account the account that was tried, by its identifier or a pseudonym
     * @return the event so far
     */
    public static AuditEvent.Builder loginThrottled(Target account) {
        return event(EventType.LOGIN_THROTTLED, Actor.anonymous(), Outcome.DENIED)
                .target(account);
    }

    /**
     * Somebody asked for what they may not have.
     *
     * @param actor who asked
     * @param target for what
     * @return the event so far
     */
    public static AuditEvent.Builder accessDenied(Actor actor, Target target) {
        return event(EventType.ACCESS_DENIED, actor, Outcome.DENIED).target(target);
    }

    /**
     * Somebody's rights were changed.
     *
     * @param actor who changed them
     * @param user whose they are
     * @param from the rights before
     * @param to the rights after
     * @return the event so far
     */
    public static AuditEvent.Builder accessChanged(Actor actor, Target user, String from, String to) {
        return event(EventType.ACCESS_CHANGED, actor, Outcome.SUCCESS)
                .target(user)
                .detail("from", from)
                .detail("to", to);
    }

    /**
     * A limit was exceeded.
     *
     * @param actor who exceeded it
     * @param limit the identifier of the limit
     * @return the event so far
     */
    public static AuditEvent.Builder rateLimitExceeded(Actor actor, String limit) {
        return event(EventType.RATE_LIMIT_EXCEEDED, actor, Outcome.DENIED).target(Target.of("limit", limit));
    }

    /**
     * Input did not pass validation on the server.
     *
     * @param actor who sent it
     * @param reason which rule, never the value
     * @return the event so far
     */
    public static AuditEvent.Builder inputRejected(Actor actor, String reason) {
        return event(EventType.INPUT_REJECTED, actor, Outcome.FAILURE).reason(reason);
    }

    /**
     * A session began.
     *
     * @param user whose
     * @param session its identifier, which must not be its token
     * @return the event so far
     */
    public static AuditEvent.Builder sessionCreated(Actor user, String session) {
        return event(EventType.SESSION_CREATED, user, Outcome.SUCCESS).target(Target.of("session", session));
    }

    /**
     * A session was prolonged.
     *
     * @param user whose
     * @param session its identifier, which must not be its token
     * @return the event so far
     */
    public static AuditEvent.Builder sessionRenewed(Actor user, String session) {
        return event(EventType.SESSION_RENEWED, user, Outcome.SUCCESS).target(Target.of("session", session));
    }

    /**
     * A session ended.
     *
     * @param user whose
     * @param session its identifier, which must not be its token
     * @param reason logout, timeout or revoked
     * @return the event so far
     */
    public static AuditEvent.Builder sessionEnded(Actor user, String session, String reason) {
        return event(EventType.SESSION_EXPIRED, user, Outcome.SUCCESS)
                .target(Target.of("session", session))
                .reason(reason);
    }

    /**
     * A token that was withdrawn or spent came back.
     *
     * @param user whose it was
     * @param session the session it belonged to
     * @return the event so far
     */
    public static AuditEvent.Builder tokenReused(Actor user, String session) {
        return event(EventType.TOKEN_REUSED, user, Outcome.DENIED).target(Target.of("session", session));
    }

    /**
     * An account was made.
     *
     * @param actor who made it
     * @param user the account
     * @return the event so far
     */
    public static AuditEvent.Builder userCreated(Actor actor, String user) {
        return event(EventType.USER_CREATED, actor, Outcome.SUCCESS).target(Target.of("user", user));
    }

    /**
     * An account was changed.
     *
     * @param actor who changed it
     * @param user the account
     * @return the event so far
     */
    public static AuditEvent.Builder userUpdated(Actor actor, String user) {
        return event(EventType.USER_UPDATED, actor, Outcome.SUCCESS).target(Target.of("user", user));
    }

    /**
     * The service started.
     *
     * @param service its name
     * @return the event so far
     */
    public static AuditEvent.Builder systemStarted(String service) {
        return event(EventType.SYSTEM_STARTED, Actor.system(service), Outcome.SUCCESS);
    }

    /**
     * The service is stopping.
     *
     * @param service its name
     * @return the event so far
     */
    public static AuditEvent.Builder systemStopped(String service) {
        return event(EventType.SYSTEM_STOPPED, Actor.system(service), Outcome.SUCCESS);
    }

    /**
     * A request was answered.
     *
     * @param actor who asked
     * @param action method and route, such as {@code GET /api/courses/{id}}
     * @param status the status of the answer
     * @return the event so far; 401, 403 and 429 are {@code DENIED}, other 4xx {@code FAILURE}, 5xx {@code ERROR}
     */
    public static AuditEvent.Builder httpRequest(Actor actor, String action, int status) {
        return event(EventType.HTTP_REQUEST, actor, outcome(status))
                .action(action)
                .detail("status", status);
    }

    /**
     * A course was made.
     *
     * @param actor who made it
     * @param course its identifier
     * @return the event so far
     */
    public static AuditEvent.Builder courseCreated(Actor actor, String course) {
        return event(EventType.COURSE_CREATED, actor, Outcome.SUCCESS).target(Target.of("course", course));
    }

    /**
     * Somebody became a member of a course.
     *
     * @param actor who enrolled them
     * @param course the course's identifier
     * @param user the new member's identifier
     * @param role as what
     * @return the event so far
     */
    public static AuditEvent.Builder enrolmentCreated(Actor actor, String course, String user, String role) {
        return event(EventType.ENROLMENT_CREATED, actor, Outcome.SUCCESS)
                .target(Target.of("course", course))
                .detail("user", user)
                .detail("role", role);
    }

    /**
     * Work was handed in.
     *
     * @param actor who handed it in
     * @param course the course's identifier
     * @param submission its identifier
     * @return the event so far
     */
    public static AuditEvent.Builder submissionCreated(Actor actor, String course, String submission) {
        return event(EventType.SUBMISSION_CREATED, actor, Outcome.SUCCESS)
                .target(Target.of("submission", submission))
                .detail("course", course);
    }

    /**
     * A grade was given; where there was one before, add it as detail {@code from}.
     *
     * @param actor who gave it
     * @param submission the work's identifier
     * @param grade the grade
     * @param reason why
     * @return the event so far
     */
    public static AuditEvent.Builder gradeChanged(Actor actor, String submission, String grade, String reason) {
        return event(EventType.GRADE_CHANGED, actor, Outcome.SUCCESS)
                .target(Target.of("submission", submission))
                .detail("to", grade)
                .reason(reason);
    }

    /**
     * A school was made.
     *
     * @param actor who made it
     * @param tenant its identifier
     * @return the event so far
     */
    public static AuditEvent.Builder tenantCreated(Actor actor, String tenant) {
        return event(EventType.TENANT_CREATED, actor, Outcome.SUCCESS).target(Target.of("tenant", tenant));
    }

    private static AuditEvent.Builder event(EventType type, Actor actor, Outcome outcome) {
        return AuditEvent.of(type).actor(actor).outcome(outcome);
    }

    private static Outcome outcome(int status) {
        if (status >= 500) {
            return Outcome.ERROR;
        }
        if (status == 401 || status == 403 || status == 429) {
            return Outcome.DENIED;
        }
        return status >= 400 ? Outcome.FAILURE : Outcome.SUCCESS;
    }
}
