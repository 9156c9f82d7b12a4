package dev.hardening.secrets.servlet;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.jose.BodyCipher;
import dev.hardening.secrets.jose.Opening;
import dev.hardening.secrets.jose.RecipientKey;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens request bodies of type {@code application/jose} and seals the answers to those who ask for it.
 *
 * <p>The handler sees the bare body with the type that the sealer named, and writes a bare answer. An answer is sealed
 * if {@code Accept} names {@code application/jose}; behind {@link Builder#requireSealed} always, and a bare body is
 * refused. Left as they are: answers without a body, {@code sendError}, redirects, and error pages. A body that cannot be
 * opened is 400, one too large 413, one that should be sealed 415, each a problem document without a reason.
 *
 * <p>A request passes the same filter once, whatever its dispatches; each other filter on its way decides for itself, and
 * seals again what it must. What requires sealing cannot be included in an answer that did not pass this filter.
 *
 * <p>Both bodies are held whole, up to the limits of the cipher; an answer past it becomes 500. Form fields of a sealed
 * body are not parsed into parameters. Register it for {@code REQUEST}, {@code FORWARD}, {@code INCLUDE}, {@code ASYNC}
 * and {@code ERROR} with async supported, behind the filter that knows the user if answers are sealed to a key of that user. Safe for many threads.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class SealedBodyFilter implements Filter {
    private static final Logger LOG = LoggerFactory.getLogger(SealedBodyFilter.class);

    private final BodyCipher cipher;
    private final boolean required;
    private final @Nullable Function<HttpServletRequest, Optional<RecipientKey>> recipient;

    private SealedBodyFilter(Builder builder) {
        cipher = builder.cipher;
        required = builder.required;
        recipient = builder.recipient;
    }

    /**
     * Starts a filter.
     *
     * @param cipher of role {@code SERVER}
     * @return a builder, for one thread
     */
    public static Builder builder(BodyCipher cipher) {
        return new Builder(Objects.requireNonNull(cipher, "cipher"));
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest http) || !(response instanceof HttpServletResponse answer)) {
            throw new ServletException("SealedBodyFilter handles HTTP requests only");
        }
        Optional<SealedRequest> earlier = SealedRequest.of(this, request, response);
        DispatcherType dispatch = http.getDispatcherType();
        if (dispatch == DispatcherType.ERROR || (dispatch == DispatcherType.INCLUDE && !required)) {
            chain.doFilter(request, response);
        } else if (earlier.isPresent()) {
            if (dispatch == DispatcherType.FORWARD) {
                earlier.get().forwarded();
            }
            chain.doFilter(request, response);
            if (dispatch == DispatcherType.ASYNC) {
                earlier.get().returned();
            }
        } else if (dispatch == DispatcherType.INCLUDE) {
            throw new ServletException("what has to be sealed cannot be included in an answer that is not");
        } else {
            begin(http, answer, chain);
        }
    }

    private void begin(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        boolean wanted = wanted(request);
        Optional<BodyCipher> sealing;
        Taken taken;
        try {
            sealing = wanted ? sealing(request) : Optional.empty();
            taken = take(request);
        } catch (SecretsUnavailableException unavailable) {
            LOG.error("a body cannot be opened now", unavailable);
            Problem.UNAVAILABLE.send(response);
            return;
        }
        if (!required) {
            response.addHeader("Vary", "Accept");
        }
        if (taken.problem != null) {
            taken.problem.send(response);
        } else if (wanted && sealing.isEmpty()) {
            Problem.NOT_ACCEPTABLE.send(response);
        } else {
            pass(request, response, chain, taken, sealing);
        }
    }

    private void pass(
            HttpServletRequest request,
            HttpServletResponse response,
            FilterChain chain,
            Taken taken,
            Optional<BodyCipher> sealing)
            throws IOException, ServletException {
        HttpServletResponse answer =
                sealing.isEmpty() ? response : new SealedResponse(request, response, sealing.get());
        SealedRequest bare = new SealedRequest(this, request, answer, taken.body, taken.contentType);
        try {
            chain.doFilter(bare, answer);
        } catch (IOException failure) {
            if (!(answer instanceof SealedResponse sealed && sealed.overflown())) {
                throw failure;
            }
        }
        bare.returned();
    }

    private boolean wanted(HttpServletRequest request) {
        return required || MediaTypes.asksForSealed(Collections.list(request.getHeaders("Accept")));
    }

    private Optional<BodyCipher> sealing(HttpServletRequest request) {
        return recipient == null
                ? Optional.of(cipher)
                : recipient.apply(request).map(cipher::forRecipient);
    }

    private Taken take(HttpServletRequest request) throws IOException {
        if (!MediaTypes.sealed(request.getContentType())) {
            return required ? takeBare(request) : new Taken(null, "");
        }
        String coding = request.getHeader("Content-Encoding");
        if (coding != null && !coding.equalsIgnoreCase("identity")) {
            return new Taken(Problem.UNSUPPORTED);
        }
        int limit = cipher.maxToken();
        if (request.getContentLengthLong() > limit) {
            return new Taken(Problem.TOO_LARGE);
        }
        byte[] token = request.getInputStream().readNBytes(limit + 1);
        return token.length > limit ? new Taken(Problem.TOO_LARGE) : open(token);
    }

    private Taken open(byte[] token) {
        Opening opening = cipher.open(new String(token, StandardCharsets.ISO_8859_1));
        return opening.fold(
                opened -> new Taken(opened.content(), opened.contentType()), refused -> new Taken(Problem.BAD_REQUEST));
    }

    /** Without a length only reading tells; what was read that way cannot be left alone any more. */
    private static Taken takeBare(HttpServletRequest request) throws IOException {
        long length = request.getContentLengthLong();
        if (length < 0 && request.getInputStream().read() < 0) {
            return new Taken(new byte[0], Objects.requireNonNullElse(request.getContentType(), ""));
        }
        return length == 0 ? new Taken(null, "") : new Taken(Problem.UNSUPPORTED);
    }

    /** What became of the request's body: opened, left alone (no bytes), or a problem. */
    private static final class Taken {
        private final @Nullable Problem problem;
        private final byte @Nullable [] body;
        private final String contentType;

        Taken(Problem problem) {
            this.problem = problem;
            body = null;
            contentType = "";
        }

        Taken(byte @Nullable [] body, String contentType) {
            problem = null;
            this.body = body;
            this.contentType = contentType;
        }
    }

    /** Collects what a filter needs; not safe for many threads. */
    public static final class Builder {
        private final BodyCipher cipher;
        private boolean required;
        private @Nullable Function<HttpServletRequest, Optional<RecipientKey>> recipient;

        private Builder(BodyCipher cipher) {
            this.cipher = cipher;
        }

        /**
         * Refuses bare bodies and seals every answer that a handler writes; without it both are as the client wishes.
         *
         * @return this builder
         */
        public Builder requireSealed() {
            required = true;
            return this;
        }

        /**
         * Says to whose key an answer is sealed; mandatory for a cipher whose answers have no one recipient, and refused
         * for one with shared keys. Where it is empty and
         * the answer is to be sealed, the request is answered 406 before it does anything.
         *
         * @param reader must return a key that was registered for the proven user, never one out of the request
         * @return this builder
         */
        public Builder recipient(Function<HttpServletRequest, Optional<RecipientKey>> reader) {
            recipient = Objects.requireNonNull(reader, "reader");
            return this;
        }

        /**
         * Checks everything and makes the filter.
         *
         * @return an immutable filter
         * @throws SecretsConfigurationException with every fault
         */
        public SealedBodyFilter build() {
            List<String> faults = new ArrayList<>();
            if (cipher.role() != BodyCipher.Role.SERVER) {
                faults.add("cipher must have the role SERVER, got " + cipher.role());
            }
            if (recipient == null && cipher.needsRecipient()) {
                faults.add("recipient is missing: the cipher has nobody to seal answers to");
            }
            if (recipient != null && !cipher.takesRecipient()) {
                faults.add("recipient must not be given: the keys of the cipher are shared");
            }
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            return new SealedBodyFilter(this);
        }
    }
}
