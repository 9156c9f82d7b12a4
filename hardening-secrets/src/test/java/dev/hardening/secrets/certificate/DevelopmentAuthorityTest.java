package dev.hardening.secrets.certificate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.testing.FakeClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DevelopmentAuthorityTest {
    @TempDir
    private Path folder;

    private final FakeClock clock = FakeClock.create();

    private DevelopmentAuthority.Builder builder() {
        return DevelopmentAuthority.builder()
                .folder(folder)
                .domains("localhost", "test")
                .addresses("127.0.0.1", "::1")
                .clock(clock);
    }

    @Test
    void authority_openedAgain_isTheSame() {
        DevelopmentAuthority first = builder().build();
        DevelopmentAuthority second = builder().build();

        assertEquals(first.certificate(), second.certificate());
        assertEquals(
                first.leaf().name("localhost").issue().chain().get(1),
                second.leaf().name("localhost").issue().chain().get(1));
    }

    @Test
    @Tag("secrets:W1")
    void files_always_areTheOwnersAlone() throws IOException {
        DevelopmentAuthority authority = builder().build();
        authority.leaf().name("localhost").issue().write(folder.resolve("cert.pem"), folder.resolve("key.pem"));

        for (String file : List.of("authority.pem", "ca.pem", "cert.pem", "key.pem")) {
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(file))),
                    file);
        }
        assertEquals(authority.certificatePem(), Files.readString(folder.resolve("ca.pem")));
        assertFalse(Files.readString(folder.resolve("ca.pem")).contains("PRIVATE"));
    }

    @Test
    void authority_made_speaksOnlyThroughAnIssuerWhoseRootKeyIsGone() throws Exception {
        DevelopmentAuthority authority = builder().build();
        List<X509Certificate> chain = authority.leaf().name("localhost").issue().chain();

        X509Certificate root = authority.certificate();
        X509Certificate issuer = chain.get(1);

        assertEquals(1, root.getBasicConstraints());
        assertEquals(0, issuer.getBasicConstraints());
        assertEquals(-1, chain.get(0).getBasicConstraints());
        for (X509Certificate above : List.of(root, issuer)) {
            assertTrue(above.getCriticalExtensionOIDs().containsAll(Set.of("2.5.29.15", "2.5.29.19", "2.5.29.30")));
            assertEquals("EC", above.getPublicKey().getAlgorithm());
        }
        AuthorityFile kept = AuthorityFile.read(Files.readAllBytes(folder.resolve("authority.pem")))
                .orElseThrow();
        assertTrue(SignatureScheme.ECDSA_SHA256.pair(kept.key(), issuer.getPublicKey()));
        assertFalse(SignatureScheme.ECDSA_SHA256.pair(kept.key(), root.getPublicKey()));
    }

    @ParameterizedTest
    @EnumSource
    void leaf_withEachKey_saysWhatAServerNeeds(LeafKey key) throws Exception {
        IssuedCertificate issued = builder()
                .build()
                .leaf()
                .name("localhost")
                .name("*.app.test")
                .address("::1")
                .key(key)
                .issue();

        X509Certificate leaf = issued.chain().get(0);

        leaf.verify(issued.chain().get(1).getPublicKey());
        assertEquals(List.of("1.3.6.1.5.5.7.3.1"), leaf.getExtendedKeyUsage());
        assertEquals(3, leaf.getSubjectAlternativeNames().size());
        assertTrue(leaf.getKeyUsage()[0]);
        assertEquals(key == LeafKey.RSA_3072, leaf.getKeyUsage()[2]);
        assertFalse(leaf.getKeyUsage()[5]);
        assertEquals(
                clock.instant().minus(Duration.ofMinutes(5)).plus(Duration.ofDays(90)),
                leaf.getNotAfter().toInstant());
        assertEquals(
                clock.instant().minus(Duration.ofMinutes(5)),
                leaf.getNotBefore().toInstant());
    }

    @Test
    void serials_always_areLongAndTheirOwn() {
        DevelopmentAuthority authority = builder().build();
        Set<Object> seen = new HashSet<>();
        int longest = 0;
        for (int i = 0; i < 20; i++) {
            X509Certificate leaf =
                    authority.leaf().name("localhost").issue().chain().get(0);
            assertTrue(seen.add(leaf.getSerialNumber()));
            longest = Math.max(longest, leaf.getSerialNumber().bitLength());
        }

        assertTrue(longest > 150 && longest <= 159, "bits: " + longest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "example.com",
                "localhost.example.com",
                "mylocalhost",
                "*.localhost.evil",
                "*",
                "**.test",
                "a.*.test",
                "LOCALHOST",
                "localhost.",
                ".test",
                "",
                "nul\0.test",
                "127.0.0.1"
            })
    void name_thatIsNotTheAuthoritys_isNeverIssued(String name) {
        DevelopmentAuthority authority = builder().build();

        assertThrows(
                SecretsConfigurationException.class,
                () -> authority.leaf().name("localhost").name(name).issue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.2", "10.0.0.1", "::2", "localhost", "127.1", ""})
    void address_thatIsNotTheAuthoritys_isNeverIssued(String address) {
        DevelopmentAuthority authority = builder().build();

        assertThrows(
                SecretsConfigurationException.class,
                () -> authority.leaf().address(address).issue());
    }

    @Test
    void lifetime_ofNinetyDays_isTheLongest() {
        DevelopmentAuthority authority = builder().build();
        LeafRequest longest = authority.leaf().name("test").lifetime(Duration.ofDays(90));
        LeafRequest longer =
                authority.leaf().name("test").lifetime(Duration.ofDays(90).plusSeconds(1));
        LeafRequest none = authority.leaf().name("test").lifetime(Duration.ZERO);

        assertEquals(2, longest.issue().chain().size());
        assertThrows(SecretsConfigurationException.class, longer::issue);
        assertThrows(SecretsConfigurationException.class, none::issue);
        assertEquals(
                1,
                assertThrows(
                                SecretsConfigurationException.class,
                                () -> authority.leaf().issue())
                        .faults()
                        .size());
    }

    @Test
    void leaf_thatWouldOutliveTheAuthority_isRefused() {
        DevelopmentAuthority authority =
                builder().lifetime(Duration.ofDays(100)).build();
        LeafRequest request = authority.leaf().name("localhost").lifetime(Duration.ofDays(90));
        // Both count from five minutes before now.
        clock.advance(Duration.ofDays(10));
        assertEquals(2, request.issue().chain().size());

        clock.advance(Duration.ofSeconds(1));

        assertThrows(SecretsConfigurationException.class, request::issue);
    }

    @Test
    void leaf_withoutALifetime_endsWithItsAuthorityAtTheLatest() {
        DevelopmentAuthority authority = builder().lifetime(Duration.ofDays(30)).build();
        Instant last = authority.certificate().getNotAfter().toInstant();

        assertEquals(last, end(authority));
        clock.set(last.minusSeconds(1));
        assertEquals(last, end(authority));
        clock.set(last);
        assertThrows(SecretsConfigurationException.class, () -> end(authority));
    }

    private static Instant end(DevelopmentAuthority authority) {
        return authority
                .leaf()
                .name("localhost")
                .issue()
                .chain()
                .get(0)
                .getNotAfter()
                .toInstant();
    }

    @Test
    void lifetime_ofOneSecond_isOfTheTimeToCome() {
        X509Certificate leaf = builder()
                .build()
                .leaf()
                .name("localhost")
                .lifetime(Duration.ofSeconds(1))
                .issue()
                .chain()
                .get(0);

        assertEquals(clock.instant().plusSeconds(1), leaf.getNotAfter().toInstant());
    }

    @Test
    void write_bothIntoOneFile_isRefusedBeforeTheKeyIsLost() throws IOException {
        IssuedCertificate issued = builder().build().leaf().name("localhost").issue();
        Path file = folder.resolve("both.pem");
        Path link = Files.createSymbolicLink(folder.resolve("here"), folder);

        assertThrows(IllegalArgumentException.class, () -> issued.write(file, file));
        assertThrows(IllegalArgumentException.class, () -> issued.write(link.resolve("both.pem"), file));
        assertFalse(Files.exists(file));
    }

    @Test
    void authority_thatHasExpired_isRefusedWithTheRemedy() {
        builder().lifetime(Duration.ofDays(1)).build();
        clock.advance(Duration.ofDays(1));

        SecretsConfigurationException refused = assertThrows(
                SecretsConfigurationException.class, () -> builder().build());

        assertTrue(String.valueOf(refused.getMessage()).contains("expired"), refused.getMessage());
        assertTrue(String.valueOf(refused.getMessage()).contains("remove it"), refused.getMessage());
    }

    @Test
    void authority_ofOtherNames_isRefused() {
        builder().build();

        SecretsConfigurationException refused = assertThrows(
                SecretsConfigurationException.class,
                () -> builder().domains("internal").build());

        assertTrue(String.valueOf(refused.getMessage()).contains("other names"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "::ffff:10.0.0.1", "fe80::1"})
    void authority_openedWithoutNames_speaksForThoseItWasMadeFor(String address) {
        DevelopmentAuthority.builder()
                .folder(folder)
                .addresses(address)
                .allowAnyName()
                .clock(clock)
                .build();

        DevelopmentAuthority opened =
                DevelopmentAuthority.builder().folder(folder).clock(clock).build();

        assertEquals(Set.of(), opened.domains());
        opened.leaf().address(address).issue();
        assertThrows(
                SecretsConfigurationException.class,
                () -> opened.leaf().name("localhost").issue());
        assertThrows(
                SecretsConfigurationException.class,
                () -> opened.leaf().address("10.9.9.9").issue());
    }

    @Test
    void authority_openedWithoutNames_knowsItsDomains() {
        builder().build();

        DevelopmentAuthority opened =
                DevelopmentAuthority.builder().folder(folder).clock(clock).build();

        assertEquals(Set.of("localhost", "test"), opened.domains());
        assertEquals(2, opened.addresses().size());
    }

    @Test
    void authority_ofDomainsAlone_isOpenedWithoutNames() {
        DevelopmentAuthority.builder()
                .folder(folder)
                .domains("localhost")
                .clock(clock)
                .build();

        DevelopmentAuthority opened =
                DevelopmentAuthority.builder().folder(folder).clock(clock).build();

        assertEquals(Set.of(), opened.addresses());
        opened.leaf().name("localhost").issue();
        assertThrows(
                SecretsConfigurationException.class,
                () -> opened.leaf().address("127.0.0.1").issue());
    }

    @Test
    void authority_withoutNamesWhereNoneIs_isRefused() {
        SecretsConfigurationException refused = assertThrows(
                SecretsConfigurationException.class,
                () -> DevelopmentAuthority.builder().folder(folder).clock(clock).build());

        assertTrue(String.valueOf(refused.getMessage()).contains("domains or addresses"), refused.getMessage());
        assertFalse(Files.exists(folder.resolve("authority.pem")));
    }

    @ParameterizedTest
    @Tag("secrets:A8")
    @ValueSource(ints = {10, 100, 200, 300, 600})
    void authority_thatIsDamaged_isRefusedAndNotRepeated(int place) throws IOException {
        builder().build();
        Path bundle = folder.resolve("authority.pem");
        StringBuilder text = new StringBuilder(Files.readString(bundle));
        text.insert(place, "canary!");
        Files.writeString(bundle, text);

        SecretsConfigurationException refused = assertThrows(
                SecretsConfigurationException.class, () -> builder().build());

        assertTrue(String.valueOf(refused.getMessage()).contains("is damaged"), refused.getMessage());
        assertFalse(String.valueOf(refused.getMessage()).contains("canary"));
        assertEquals(null, refused.getCause());
    }

    @Test
    void authority_withTheKeyOfAnother_isRefused() throws IOException {
        builder().build();
        String one = Files.readString(folder.resolve("authority.pem"));
        Files.delete(folder.resolve("authority.pem"));
        builder().build();
        String two = Files.readString(folder.resolve("authority.pem"));
        String end = "-----END PRIVATE KEY-----\n";
        Files.writeString(
                folder.resolve("authority.pem"), one.substring(0, one.indexOf(end)) + two.substring(two.indexOf(end)));

        assertThrows(SecretsConfigurationException.class, () -> builder().build());
    }

    @Test
    @Tag("secrets:A2")
    void authority_thatOthersMayRead_isRefused() throws IOException {
        builder().build();
        Files.setPosixFilePermissions(folder.resolve("authority.pem"), PosixFilePermissions.fromString("rw-r--r--"));

        assertThrows(SecretsConfigurationException.class, () -> builder().build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com", "com", "lms.school.org"})
    void domain_thatSomebodyMayOwn_needsTheWordAllow(String domain) {
        assertThrows(
                SecretsConfigurationException.class,
                () -> builder().domains(domain).build());

        DevelopmentAuthority allowed = builder().domains(domain).allowAnyName().build();

        assertEquals(2, allowed.leaf().name("www." + domain).issue().chain().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.8.8", "172.32.0.1", "172.15.0.1", "192.169.0.1", "2001:db8::1", "fec0::1", "1.2.3"})
    void address_ofTheOpenNetwork_needsTheWordAllow(String address) {
        assertThrows(
                SecretsConfigurationException.class,
                () -> builder().addresses(address).build());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1", "fd00::1", "fe80::1"})
    void address_ofAnInnerNetwork_isTaken(String address) {
        DevelopmentAuthority authority = builder().addresses(address).build();

        assertEquals(2, authority.leaf().address(address).issue().chain().size());
    }

    @Test
    void build_withNothing_listsEveryFault() {
        SecretsConfigurationException refused = assertThrows(
                SecretsConfigurationException.class,
                () -> DevelopmentAuthority.builder().lifetime(Duration.ZERO).build());

        assertEquals(3, refused.faults().size(), refused.getMessage());
    }

    @Test
    void processes_thatOpenAnEmptyFolderAtOnce_agree() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<X509Certificate>> openings = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                openings.add(() -> builder().build().certificate());
            }
            Set<X509Certificate> seen = new HashSet<>();
            for (Future<X509Certificate> opened : threads.invokeAll(openings)) {
                seen.add(opened.get());
            }

            assertEquals(1, seen.size());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void keys_ofTwoCertificates_differ() {
        DevelopmentAuthority authority = builder().build();

        assertNotEquals(
                authority.leaf().name("test").issue().keyPem().reveal(),
                authority.leaf().name("test").issue().keyPem().reveal());
    }
}
