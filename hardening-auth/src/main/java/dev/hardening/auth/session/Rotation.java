package dev.hardening.auth.session;

import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthEvent.RefreshRejected.Reason;
import dev.hardening.auth.AuthEventListener;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.session.SessionFamily.Ending;
import dev.hardening.auth.session.SessionFamily.Head;
import dev.hardening.auth.token.TokenIssuer;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges refresh tokens: the rules by which one is worth a successor, the same successor again, or the session's end.
 *
 * <p>A family stands at one generation. The present one is exchanged by a compare-and-set, so of any number of calls one
 * wins. The one before it gives the present one again within the grace, which needs no memory since codes can be made
 * again. Everything older, and the one before it after the grace, was copied: a client that got its successor has no
 * reason to come with it. That the successor has not been used yet needs no mark of its own: if it had been, the
 * presented generation would be two behind.
 */
final class Rotation {
    private final SessionStore store;
    private final RefreshCodes codes;
    private final TokenIssuer issuer;
    private final RevocationFeed revocations;
    private final AuthEventListener listener;
    private final Duration grace;
    private final Duration idleLimit;

    Rotation(Sessions.Builder builder, RefreshCodes codes, AuthEventListener listener) {
        this.codes = codes;
        this.listener = listener;
        store = Objects.requireNonNull(builder.store);
        issuer = Objects.requireNonNull(builder.issuer);
        revocations = Objects.requireNonNull(builder.revocations);
        grace = builder.grace;
        idleLimit = builder.idleLimit;
    }

    /** One call: the time it sees and where it came from. */
    record Call(Instant now, String clientAddress) {
        AuthEvent.Context context() {
            AuthEvent.Context context = AuthEvent.Context.at(now);
            return clientAddress.isEmpty() ? context : context.clientAddress(clientAddress);
        }

        AuthEvent.Context context(SessionFamily family) {
            SessionFamily.Owner owner = family.owner();
            return context().tenant(owner.tenant()).user(owner.user()).session(owner.session());
        }
    }

    RefreshResult refresh(@Nullable String refreshToken, Call call) {
        Optional<RefreshToken> token = RefreshToken.parse(refreshToken);
        if (token.isEmpty()) {
            return rejected(call.context(), Reason.MALFORMED);
        }
        return genuine(token.get())
                .map(family -> settle(token.get(), family, call))
                .orElseGet(() -> rejected(call.context(), Reason.FORGED));
    }

    void logout(@Nullable String refreshToken, Call call) {
        Optional<RefreshToken> token = RefreshToken.parse(refreshToken);
        Optional<SessionFamily> family = token.flatMap(this::genuine);
        if (family.isEmpty()) {
            rejected(call.context(), token.isEmpty() ? Reason.MALFORMED : Reason.FORGED);
        } else if (end(family.get(), new Ending(call.now(), "logout"))) {
            listener.onEvent(new AuthEvent.LoggedOut(call.context(family.get())));
        }
    }

    private Optional<SessionFamily> genuine(RefreshToken token) {
        return store.find(token.familyId()).filter(family -> codes.proves(token, family));
    }

    /** What a genuine token is worth; here stand the rules, in their order. */
    private RefreshResult settle(RefreshToken token, SessionFamily family, Call call) {
        Head head = family.head();
        if (family.ending().isPresent()) {
            return rejected(call.context(family), Reason.REVOKED);
        }
        if (!call.now().isBefore(family.life().absoluteExpiry())) {
            return rejected(call.context(family), Reason.ABSOLUTE_EXPIRED);
        }
        if (!call.now().isBefore(head.idleExpiry())) {
            return rejected(call.context(family), Reason.IDLE_EXPIRED);
        }
        if (token.generation() == head.generation()) {
            return rotate(token, family, call);
        }
        boolean previous = token.generation() == head.generation() - 1;
        boolean inGrace = call.now().isBefore(head.rotatedAt().plus(grace));
        return previous && inGrace ? replay(family, call) : reused(token, family, call);
    }

    private RefreshResult rotate(RefreshToken token, SessionFamily family, Call call) {
        Instant idle = earlier(call.now().plus(idleLimit), family.life().absoluteExpiry());
        Head next = new Head(codes.activeKey(), token.generation() + 1, call.now(), idle);
        Optional<SessionFamily> advanced = store.advance(family.id(), token.generation(), next);
        if (advanced.isEmpty()) {
            return overtaken(token, family, call);
        }
        SessionTokens tokens = tokens(advanced.get());
        listener.onEvent(new AuthEvent.TokenRefreshed(call.context(family), false));
        return new RefreshResult.Rotated(tokens);
    }

    /**
     * Another call moved the session on after this one had read it. One step on, this is the second presentation of the
     * same token; further on, it is a call that was held up between its read and its write while the client retried, which
     * proves no theft: it gets nothing and harms nothing.
     */
    private RefreshResult overtaken(RefreshToken token, SessionFamily before, Call call) {
        Optional<SessionFamily> present = store.find(before.id());
        boolean oneStep = present.filter(
                        family -> family.ending().isPresent() || family.head().generation() == token.generation() + 1)
                .isPresent();
        return oneStep ? settle(token, present.get(), call) : rejected(call.context(before), Reason.SUPERSEDED);
    }

    private RefreshResult replay(SessionFamily family, Call call) {
        Optional<SessionTokens> tokens = presentTokens(family);
        if (tokens.isEmpty()) {
            return rejected(call.context(family), Reason.REVOKED);
        }
        listener.onEvent(new AuthEvent.TokenRefreshed(call.context(family), true));
        return new RefreshResult.Replayed(tokens.get());
    }

    private RefreshResult reused(RefreshToken token, SessionFamily family, Call call) {
        end(family, new Ending(call.now(), "refresh-reuse"));
        listener.onEvent(new AuthEvent.RefreshReuseDetected(call.context(family), token.generation()));
        return new RefreshResult.Rejected(Reason.REUSED);
    }

    private RefreshResult rejected(AuthEvent.Context context, Reason reason) {
        listener.onEvent(new AuthEvent.RefreshRejected(context, reason));
        return new RefreshResult.Rejected(reason);
    }

    private boolean end(SessionFamily family, Ending ending) {
        boolean ended = store.end(family.id(), ending);
        revocations.ended(family.owner().session());
        return ended;
    }

    /** The tokens of a session's present generation. */
    SessionTokens tokens(SessionFamily family) {
        return presentTokens(family).orElseThrow(Rotation::noKey);
    }

    private Optional<SessionTokens> presentTokens(SessionFamily family) {
        SessionFamily.Owner owner = family.owner();
        return codes.token(family).map(refreshToken -> {
            TokenIssuer.Issued access = issuer.issue(new TokenIssuer.Subject(
                    owner.tenant(),
                    owner.user(),
                    owner.session(),
                    family.epoch(),
                    family.login().factors()));
            return new SessionTokens(access.value(), refreshToken, access.lifetime(), owner.session());
        });
    }

    static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private static AuthUnavailableException noKey() {
        return new AuthUnavailableException("the refresh ring lost its active key while it was used");
    }
}
