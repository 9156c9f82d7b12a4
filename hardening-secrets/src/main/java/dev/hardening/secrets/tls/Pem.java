package dev.hardening.secrets.tls;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads certificates and PKCS #8 keys out of PEM files (RFC 7468).
 *
 * <p>A file that was cut off, or has a damaged block, is refused whole, also if other blocks of it can be read: a chain
 * would be short of a certificate and a list of authorities of an authority. A file that was cut off between two blocks
 * looks like one that is whole.
 *
 * <p>What a parser of the JDK says about a damaged file may quote it, so neither its message nor the exception goes on.
 */
final class Pem {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\\s]{1,1048576}+)-----END \\1-----");
    private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----");
    private static final String MARK = "-----BEGIN";
    private static final int MOST_CERTIFICATES = 1000;

    private Pem() {}

    static List<X509Certificate> certificates(String file, byte[] content) throws UnusableException {
        List<X509Certificate> found = new ArrayList<>();
        String text = text(content);
        checkWhole(file, text);
        Matcher blocks = BLOCK.matcher(text);
        while (blocks.find()) {
            if (blocks.group(1).equals("CERTIFICATE")) {
                found.add(certificate(file, decoded(file, blocks.group(2))));
            } else if (blocks.group(1).endsWith("CERTIFICATE")) {
                throw new UnusableException(
                        file + " holds a certificate in a form of one program only; convert it" + " with openssl x509");
            }
            if (found.size() > MOST_CERTIFICATES) {
                throw new UnusableException(file + " holds more than " + MOST_CERTIFICATES + " certificates");
            }
        }
        if (found.isEmpty()) {
            throw new UnusableException(file + " holds no certificate (BEGIN CERTIFICATE)");
        }
        return List.copyOf(found);
    }

    static PrivateKey key(String file, byte[] content, String algorithm) throws UnusableException {
        String text = text(content);
        Matcher blocks = BLOCK.matcher(text);
        while (blocks.find()) {
            if (blocks.group(1).equals("PRIVATE KEY")) {
                checkWhole(file, text);
                return decodedKey(file, decoded(file, blocks.group(2)), algorithm);
            }
        }
        throw new UnusableException(file + noKey(text));
    }

    private static void checkWhole(String file, String text) throws UnusableException {
        String outside = BLOCK.matcher(text).replaceAll("");
        String lastLine = outside.substring(outside.lastIndexOf('\n') + 1);
        boolean cutInItsFirstLine = !lastLine.isEmpty() && MARK.startsWith(lastLine);
        if (outside.contains(MARK) || outside.contains("-----END") || cutInItsFirstLine) {
            throw new UnusableException(file + " holds a block that is damaged or was cut off");
        }
    }

    private static PrivateKey key(String file, byte[] encoded, KeyFactory factory) throws UnusableException {
        try {
            return factory.generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (InvalidKeySpecException damaged) {
            throw new UnusableException(file + " holds a key that is damaged or of another kind than the certificate");
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    private static PrivateKey decodedKey(String file, byte[] encoded, String algorithm) throws UnusableException {
        try {
            return key(file, encoded, KeyFactory.getInstance(algorithm));
        } catch (NoSuchAlgorithmException unknown) {
            throw new UnusableException(file + " is for a certificate with a key that is neither EC, RSA nor EdDSA");
        }
    }

    private static String noKey(String text) {
        Matcher begin = BEGIN.matcher(text);
        while (begin.find()) {
            String label = begin.group(1);
            if (label.equals("ENCRYPTED PRIVATE KEY")) {
                return " is encrypted; decrypt it with openssl pkcs8, or give a PKCS #12 file and its password";
            }
            if (label.endsWith("PRIVATE KEY")) {
                return " is damaged or in an old format; convert it with:"
                        + " openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem";
            }
        }
        return " holds no PKCS #8 key (BEGIN PRIVATE KEY)";
    }

    private static X509Certificate certificate(String file, byte[] encoded) throws UnusableException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(encoded));
        } catch (CertificateException damaged) {
            throw new UnusableException(file + " holds a damaged certificate");
        }
    }

    private static byte[] decoded(String file, String base64) throws UnusableException {
        try {
            return Base64.getDecoder().decode(base64.replaceAll("\\s", ""));
        } catch (IllegalArgumentException damaged) {
            throw new UnusableException(file + " holds damaged base64");
        }
    }

    private static String text(byte[] content) {
        return new String(content, StandardCharsets.ISO_8859_1);
    }
}
