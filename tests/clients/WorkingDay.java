import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.ClaimsApi;
import org.openapitools.client.api.PreauthorizationsApi;
import org.openapitools.client.api.RulebooksApi;
import org.openapitools.client.model.*;

/**
 * A day's work with the Java client that openapi-generator makes: an approval, a claim, a bad claim, a list, a batch
 * and a rulebook. Takes the service's URL and a key.
 */
public class WorkingDay {
    private static int passed = 0;

    public static void main(String[] arguments) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + arguments[1]));
        enterApproval(new PreauthorizationsApi(client));
        ClaimsApi claims = new ClaimsApi(client);
        submitClaims(claims);
        submitBatch(client, claims);
        draftRulebook(new RulebooksApi(client));
        System.out.println("test result: ok. " + passed + " passed; 0 failed");
    }

    private static void check(Object actual, Object expected) {
        if (!Objects.equals(actual, expected)) {
            throw new AssertionError(actual + " is not " + expected);
        }
        passed++;
    }

    /** A claim for stem cells after a car accident, which relies on an OCF-18. */
    private static Submission claim(String externalId) {
        return new Submission()
            .externalId(externalId)
            .patient(new Patient().id("P-4412").birthDate(LocalDate.of(1984, 3, 9)))
            .provider(new Provider().id("D-7").profession("physician"))
            .accident(new Accident().cause(AccidentCause.AUTO).date(LocalDate.of(2026, 5, 2)))
            .addCoveragesItem(new Coverage().kind(CoverageKind.AUTO).insurer("Northern Mutual").claimNumber("A-77120"))
            .addItemsItem(new Item()
                .serviceDate(LocalDate.of(2026, 6, 1))
                .category(Category.STEM_CELL_THERAPY)
                .unitPriceCents(450_000L))
            .procedure(new Procedure()
                .harvestSite(HarvestSite.BONE_MARROW)
                .guidance(Guidance.ULTRASOUND)
                .asepticTechnique(true)
                .antibioticProphylaxis(true))
            .preauthorizations(List.of("OCF18-JAVA"));
    }

    private static void enterApproval(PreauthorizationsApi approvals) throws ApiException {
        Preauthorization approval = approvals.createPreauthorization(new PreauthorizationEntry()
            .number("OCF18-JAVA")
            .kind(PreauthorizationKind.OCF_18)
            .patientId("P-4412")
            .payer(Payer.MVA)
            .status(PreauthorizationStatus.APPROVED)
            .approvedCents(500_000L));
        check(approval.getVersion(), 1L);
        check(approvals.getPreauthorization(approval.getId()), approval);
    }

    private static void submitClaims(ClaimsApi claims) throws Exception {
        Claim stored = claims.submitClaim(claim("JAVA-1"));
        check(stored.getPayer(), Payer.MVA);
        check(stored.getDisposition(), Disposition.READY);
        check(stored.getTotalCents(), 450_000L);
        check(claims.getClaim(stored.getId(), null), stored);
        // What was answered can be sent again: it is the same claim.
        check(claims.submitClaim(stored.getSubmission()).getId(), stored.getId());

        try {
            claims.submitClaim(claim("JAVA-2").invoiceTotalCents(1L));
            throw new AssertionError("a wrong total is taken");
        } catch (ApiException refused) {
            check(refused.getCode(), 422);
            Problem problem = ApiClient.createDefaultObjectMapper().readValue(refused.getResponseBody(), Problem.class);
            check(String.valueOf(problem.getErrors().get(0).getCode()), "total_mismatch");
            check(problem.getErrors().get(0).getPointer(), "/invoice_total_cents");
        }

        ListingClaimSummary page = claims.listClaims(null, List.of(Status.READY), null, null, "JAVA-1", null, null, null, null,
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
        check(page.getData().size(), 1);
        check(page.getData().get(0).getId(), stored.getId());
        check(page.getData().get(0).getPatientId(), "P-4412");
    }

    /** One of the lines is bad. */
    private static void submitBatch(ApiClient client, ClaimsApi claims) throws Exception {
        StringBuilder lines = new StringBuilder();
        for (Submission claim : List.of(claim("JAVA-3"), claim("JAVA-4").invoiceTotalCents(1L))) {
            lines.append(client.getObjectMapper().writeValueAsString(claim)).append('\n');
        }
        List<BatchResult> results = new ArrayList<>();
        for (String line : claims.submitClaims(lines.toString()).split("\n")) {
            results.add(client.getObjectMapper().readValue(line, BatchResult.class));
        }
        check(results.size(), 2);
        check(results.get(0).getStatus(), 201);
        check(results.get(1).getStatus(), 422);
        check(String.valueOf(results.get(1).getProblem().getErrors().get(0).getCode()), "total_mismatch");
    }

    /** A rulebook is read, and a draft made of it. */
    private static void draftRulebook(RulebooksApi rulebooks) throws ApiException {
        String active = rulebooks.listRulebooks(null, null).getData().stream()
            .filter(summary -> summary.getState() == RulebookState.ACTIVE)
            .findFirst().orElseThrow().getVersion();
        DecisionTable table = rulebooks.getRulebook(active).getTable();
        check(table.getVersion(), active);
        check(table.getRules().stream().anyMatch(rule -> rule.getThen().getDecide() != null), true);
        check(table.getRules().stream().anyMatch(rule -> rule.getThen().getFollow() != null), true);
        int count = table.getRules().size();
        RuleAddition addition = new RuleAddition()
            .op(RuleAddition.OpEnum.ADD)
            .rule(table.getRules().get(0).id("java-first"))
            .before(table.getRules().get(1).getId());
        Rulebook draft = rulebooks.createRulebook(new Draft(new CopyDraft()
            .basedOn(active)
            .version("2026-java")
            .addChangesItem(new RuleChange(addition))));
        check(draft.getTable().getRules().size(), count + 1);
    }
}
