package dev.hardening.secrets.certificate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.FakeClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever steals the authority's key and signs what he likes is believed by nobody. */
@Tag("ASVS-12.3.4")
class NameConstraintTest {
    @TempDir
    private Path folder;

    private final FakeClock clock = FakeClock.create();
    private DevelopmentAuthority authority;
    private AuthorityFile stolen;

    @BeforeEach
    void steal() throws Exception {
        steal(DevelopmentAuthority.builder().domains("localhost", "test").addresses("127.0.0.1"));
    }

    private void steal(DevelopmentAuthority.Builder builder) throws Exception {
        Files.deleteIfExists(folder.resolve("authority.pem"));
        authority = builder.folder(folder).clock(clock).build();
        stolen = AuthorityFile.read(Files.readAllBytes(folder.resolve("authority.pem")))
                .orElseThrow();
    }

    @Test
    void leaf_thatWasIssued_isBelievedByJavaAndByOpenSsl() throws Exception {
        List<X509Certificate> chain = authority
                .leaf()
                .name("localhost")
                .name("deep.below.test")
                .address("127.0.0.1")
                .issue()
                .chain();

        validate(chain);
        ForeignProgram.Answer answer = openssl(chain);

        assertEquals(0, answer.status(), answer.output());
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com", "evil-localhost", "localhost.example.com", "contest"})
    void leaf_forAnotherName_isBelievedByNobody(String name) throws Exception {
        List<X509Certificate> chain = List.of(forged(List.of("localhost", name), List.of()), stolen.issuer());

        assertRefused(chain);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.2", "8.8.8.8", "::1"})
    void leaf_forAnotherAddress_isBelievedByNobody(String address) throws Exception {
        List<X509Certificate> chain = List.of(forged(List.of("localhost"), List.of(address)), stolen.issuer());

        assertRefused(chain);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "8.8.8.8", "::1", "2001:db8::1"})
    void leaf_forAnAddressOfAnAuthorityOfNamesOnly_isBelievedByNobody(String address) throws Exception {
        steal(DevelopmentAuthority.builder().domains("localhost"));
        validate(authority.leaf().name("localhost").issue().chain());

        assertRefused(List.of(forged(List.of("localhost"), List.of(address)), stolen.issuer()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void leaf_forANameOfAnAuthorityOfAddressesOnly_isBelievedByNobody(String address) throws Exception {
        steal(DevelopmentAuthority.builder().addresses(address));
        List<X509Certificate> chain = authority.leaf().address(address).issue().chain();
        validate(chain);
        assertEquals(0, openssl(chain).status());

        assertRefused(List.of(forged(List.of("localhost"), List.of(address)), stolen.issuer()));
        assertRefused(List.of(forged(List.of(), List.of(address, "10.0.0.1")), stolen.issuer()));
        assertRefused(List.of(forged(List.of(), List.of(address, "fe80::1")), stolen.issuer()));
    }

    @Test
    void anotherAuthorityBelow_isBelievedByNobody() throws Exception {
        KeyPair own = LeafKey.EC_P256.make(new SecureRandom());
        X509Certificate below = draft("below", own)
                .critical(Extension.basicConstraints, new BasicConstraints(true))
                .critical(Extension.keyUsage, new KeyUsage(KeyUsage.keyCertSign))
                .signedBy(stolen.issuer(), stolen.key(), new SecureRandom());
        KeyPair pair = LeafKey.EC_P256.make(new SecureRandom());
        X509Certificate leaf = draft("localhost", pair)
                .plain(Extension.subjectAlternativeName, Scope.alternatives(List.of("localhost"), List.of()))
                .signedBy(below, own.getPrivate(), new SecureRandom());

        assertRefused(List.of(leaf, below, stolen.issuer()));
    }

    @ParameterizedTest
    @ValueSource(ints = {GeneralName.rfc822Name, GeneralName.uniformResourceIdentifier})
    void leaf_withAMailAddressOrAUri_isBelievedByNobody(int kind) throws Exception {
        String value = kind == GeneralName.rfc822Name ? "boss@bank.com" : "https://bank.com/pay";
        GeneralNames names = new GeneralNames(
                new GeneralName[] {new GeneralName(GeneralName.dNSName, "localhost"), new GeneralName(kind, value)});

        assertRefused(List.of(forged(names, KeyPurposeId.id_kp_serverAuth), stolen.issuer()));
    }

    @ParameterizedTest
    @CsvSource({"sslclient, 2", "smimesign, 4", "codesign, 3"})
    void leaf_forAnotherPurpose_isNotBelieved(String purpose, int oid) throws Exception {
        KeyPurposeId other = KeyPurposeId.getInstance(new ASN1ObjectIdentifier("1.3.6.1.5.5.7.3." + oid));
        List<X509Certificate> chain =
                List.of(forged(Scope.alternatives(List.of("localhost"), List.of()), other), stolen.issuer());

        ForeignProgram.Answer answer = openssl(chain, purpose);

        assertNotEquals(0, answer.status());
        assertTrue(answer.output().matches("(?si).*(unsuitable certificate purpose|purpose).*"), answer.output());
    }

    @Test
    void authorities_always_speakForServersOnly() throws Exception {
        for (X509Certificate each : List.of(stolen.root(), stolen.issuer())) {
            assertEquals(List.of("1.3.6.1.5.5.7.3.1"), each.getExtendedKeyUsage());
        }
    }

    private void assertRefused(List<X509Certificate> chain) throws Exception {
        CertPathValidatorException refused = assertThrows(CertPathValidatorException.class, () -> validate(chain));
        assertTrue(
                refused.getReason().toString().matches("INVALID_NAME|PATH_TOO_LONG"),
                refused.getReason() + " " + refused.getMessage());
        ForeignProgram.Answer answer = openssl(chain);
        assertNotEquals(0, answer.status());
        assertTrue(
                answer.output().matches("(?s).*(permitted subtree|excluded subtree|path length).*"), answer.output());
    }

    private X509Certificate forged(List<String> names, List<String> addresses) {
        return forged(Scope.alternatives(names, addresses), KeyPurposeId.id_kp_serverAuth);
    }

    private X509Certificate forged(GeneralNames names, KeyPurposeId purpose) {
        return draft("localhost", LeafKey.EC_P256.make(new SecureRandom()))
                .critical(Extension.basicConstraints, new BasicConstraints(false))
                .critical(Extension.keyUsage, new KeyUsage(KeyUsage.digitalSignature))
                .plain(Extension.extendedKeyUsage, new ExtendedKeyUsage(purpose))
                .plain(Extension.subjectAlternativeName, names)
                .signedBy(stolen.issuer(), stolen.key(), new SecureRandom());
    }

    private Draft draft(String name, KeyPair pair) {
        Instant now = clock.instant();
        return new Draft(name, pair.getPublic()).valid(now, now.plus(Duration.ofDays(30)));
    }

    /** As a client does it that trusts ca.pem. */
    private void validate(List<X509Certificate> chain) throws GeneralSecurityException {
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority.certificate(), null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(clock.instant()));
        CertPathValidator.getInstance("PKIX")
                .validate(CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
    }

    private ForeignProgram.Answer openssl(List<X509Certificate> chain) throws Exception {
        return openssl(chain, "sslserver");
    }

    private ForeignProgram.Answer openssl(List<X509Certificate> chain, String purpose) throws Exception {
        Path leaf = Files.writeString(folder.resolve("leaf.pem"), PemText.certificates(chain.subList(0, 1)));
        Path rest = Files.writeString(folder.resolve("rest.pem"), PemText.certificates(chain.subList(1, chain.size())));
        return ForeignProgram.installed("openssl")
                .run(
                        "verify",
                        "-x509_strict",
                        "-purpose",
                        purpose,
                        "-attime",
                        clock.instant().getEpochSecond(),
                        "-CAfile",
                        folder.resolve("ca.pem"),
                        "-untrusted",
                        rest,
                        leaf);
    }
}
